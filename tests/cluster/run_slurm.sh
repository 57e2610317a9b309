#!/usr/bin/env bash
# Draw the ensemble through a real SLURM on this machine, and compare its bytes with the local run's.
#
#     tests/cluster/run_slurm.sh [PYTHON]     (default: .venv/bin/python; some ten minutes)
#
# Starts munge, slurmctld and slurmd on loopback, all in a folder of its own under /tmp, and stops
# them. The plugin is installed there too. Ends with 77 and a reason where SLURM is missing.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
python=$(realpath -s "${1:-$root/.venv/bin/python}")
for program in munged slurmctld slurmd sbatch srun; do
    if ! PATH=$PATH:/usr/sbin command -v "$program" >/dev/null; then
        echo "skipped: no $program (Debian, Ubuntu: apt-get install slurm-wlm munge)"
        exit 77
    fi
done
if [ "$(id -u)" != 0 ]; then
    echo "skipped: slurmd starts jobs as root alone"
    exit 77
fi
if ! { unshare --mount true && [ -d /etc/slurm ]; } 2>/dev/null; then
    echo "skipped: no mount namespace here, or no /etc/slurm"
    exit 77
fi
# In a mount namespace of its own, so that /etc/slurm can be another: jobs look for slurm.conf there,
# since the plugin takes SLURM's variables from their environment.
[ "${IN_NAMESPACE:-}" ] || IN_NAMESPACE=1 exec unshare --mount "$0" "$python"
export PATH=$(dirname "$python"):$PATH:/usr/sbin
work=$(mktemp -d /tmp/slurm.XXXXXX)
host=$(hostname -s)
daemons=()

stop() {
    status=$?
    [ ${#daemons[@]} = 0 ] || kill "${daemons[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    if [ $status = 0 ]; then rm -rf "$work"; else echo "failed; logs are in $work" >&2; fi
}
trap stop EXIT

wait_for() { # seconds, command…
    for _ in $(seq "$1"); do "${@:2}" >/dev/null 2>&1 && return; sleep 1; done
    echo "no answer: ${*:2}" >&2
    return 1
}

# --- SLURM on one machine: no systemd, so no cgroups; no accounting, so squeue tells of jobs.
mkdir -p "$work"/{etc,state,spool,log}
chmod 755 "$work"
dd if=/dev/urandom of="$work/munge.key" bs=128 count=1 status=none
chmod 400 "$work/munge.key"
cat >"$work/etc/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=5
ReturnToService=2
MinJobAge=86400
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=120 State=UP
CONF
mount --bind "$work/etc" /etc/slurm # seen by this script and what it starts alone
munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.socket" \
    --pid-file="$work/munge.pid" --log-file="$work/log/munged.log" --seed-file="$work/munge.seed" \
    >"$work/log/munged.out" 2>&1 &
daemons+=($!)
wait_for 20 test -S "$work/munge.socket"
slurmctld -D >"$work/log/slurmctld.out" 2>&1 &
daemons+=($!)
slurmd -D >"$work/log/slurmd.out" 2>&1 &
daemons+=($!)
wait_for 60 srun -n1 true
echo "$(slurmctld -V) runs: $(sinfo --noheader --format='%P %D node, %c CPUs, %t')"

# --- The plugin, beside the environment: in it, it would slow every start of Snakemake.
versions=$(sed -n 's/.*"\(snakemake-executor-plugin-slurm.*\)",/\1/p' "$root/pyproject.toml")
"$python" -m pip install --quiet --no-deps --target "$work/plugin" $versions

# --- The local run, then the same by SLURM in other shares. Starts and bounds that were made before
# are not made again.
mkdir "$work/local"
(cd "$root" && tar cf - --exclude=./.git --exclude=./.venv --exclude=./.snakemake \
    --exclude=./results/2024/logs --exclude='./results/2024/audit/ensemble.*' --exclude=./results/2024/audit/ranges.csv \
    --exclude='./results/2024/audit/ensemble/*-of-*.csv' .) | tar xf - -C "$work/local"
cd "$work/local"
draws=(--config "draws=${DRAWS:-100}")
began=$SECONDS
snakemake --cores 2 --quiet all "${draws[@]}" -- ensemble >"$work/log/local.log" 2>&1
echo "local: $((SECONDS - began)) s"
cp -a "$work/local" "$work/slurm"
cd "$work/slurm"
rm results/2024/audit/ensemble.* results/2024/audit/ranges.csv
began=$SECONDS
PYTHONPATH=$work/plugin snakemake --profile profiles/slurm --slurm-no-account \
    --slurm-status-command squeue --slurm-init-seconds-before-status-checks 10 \
    --set-scatter ensemble=4 "${draws[@]}" -- ensemble >"$work/log/snakemake.log" 2>&1
echo "SLURM: $((SECONDS - began)) s, $(squeue --states=all --noheader --format=%i | wc -l) jobs"
squeue --states=all --noheader --format='%i %.40j %T %M'
for made in ensemble.csv ranges.csv; do
    cmp "$work/local/results/2024/audit/$made" "results/2024/audit/$made"
done
echo "the same bytes, in two shares here and in four through SLURM"
