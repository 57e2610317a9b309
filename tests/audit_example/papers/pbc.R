# Prints the PBC trial as papers do, from its data: Rscript pbc.R FOLDER [FIRST LAST]
# FOLDER gets the trial as it is; FOLDER/1, FOLDER/2, … by these seeds papers of patients drawn again within the arms: every second
# table of counts by the corrected chi-square or, of every third, by Fisher's test; means of every third by Welch's.
# Data: `pbc` of R's package survival, the 312 randomised (Therneau & Grambsch, Modeling Survival Data, 2000, D.1).
library(survival)
r <- function(x, k) formatC(floor(abs(x) * 10^k + .5) / 10^k * sign(x), format = "f", digits = k)
pp <- function(p) if (p < .001) "<0.001" else r(p, 3)
say <- function(p) if (p < .001) "p < 0.001" else paste("p =", r(p, 3))
quoted <- function(...) paste0('"', c(...), '"', collapse = ",")
interval <- function(e, to) paste0(r(e[1], 2), " (", r(e[2], 2), to, r(e[3], 2), ")")
chi2 <- function(...) suppressWarnings(chisq.test(table(...), correct = FALSE))
print_paper <- function(d, folder, seed = 1) {
  by_counts <- function(x, g) if (seed %% 3 == 0) fisher.test(table(x, g), workspace = 1e7)$p.value else
    suppressWarnings(chisq.test(table(x, g), correct = seed %% 2 == 0)$p.value)
  g <- d$trt; arm <- list(rep(TRUE, nrow(d)), g == 1, g == 2); first <- function(m) summary(m)[[1]]
  each <- function(f) sapply(arm, f)
  share <- function(s, x) paste0(sum(x[s]), " (", r(100 * mean(x[s]), 1), ")")
  ms <- function(s, x, k) paste(r(mean(x[s]), k), "±", r(sd(x[s]), k))
  mean_sd <- function(l, x, k) quoted(l, each(function(s) ms(s, x, k)), pp(t.test(x ~ g, var.equal = seed %% 3 != 2)$p.value))
  median_iqr <- function(l, x, k) quoted(l, each(function(s) interval_of(quantile(x[s])[c(3, 2, 4)], k)), pp(wilcox.test(x ~ g, exact = FALSE)$p.value))
  interval_of <- function(q, k) paste0(r(q[1], k), " (", r(q[2], k), "–", r(q[3], k), ")")
  binary <- function(l, x) quoted(l, each(function(s) share(s, x)), pp(by_counts(x, g)))
  levels_of <- function(l, x, names) c(quoted(l, "", "", "", pp(by_counts(x, g))),
    sapply(names(names), function(i) quoted(paste0("  ", names[i]), each(function(s) share(s, x == i)), "")))
  writeLines(c(quoted("Characteristic", "All (n = 312)", "D-penicillamine (n = 158)", "Placebo (n = 154)", "P"),
    mean_sd("Age, years, mean ± SD", d$age, 1), binary("Female, n (%)", d$sex == "f"), binary("Ascites, n (%)", d$ascites == 1),
    binary("Hepatomegaly, n (%)", d$hepato == 1), binary("Spiders, n (%)", d$spiders == 1),
    levels_of("Oedema, n (%)", d$edema, c("0" = "None", "0.5" = "Untreated or resolved", "1" = "Despite diuretics")),
    levels_of("Histologic stage, n (%)", d$stage, c("1" = "Stage 1", "2" = "Stage 2", "3" = "Stage 3", "4" = "Stage 4")),
    median_iqr("Bilirubin, mg/dl, median (IQR)", d$bili, 2), mean_sd("Albumin, g/dl, mean ± SD", d$albumin, 2),
    median_iqr("Alkaline phosphatase, U/l, median (IQR)", d$alk.phos, 0),
    mean_sd("Aspartate aminotransferase, U/ml, mean ± SD", d$ast, 1), mean_sd("Prothrombin time, s, mean ± SD", d$protime, 1)),
    file.path(folder, "table1.csv"))
  odds <- function(l, x) { m <- glm(x ~ I(g == 2), binomial, d)
    quoted(l, share(g == 1, x), share(g == 2, x), interval(exp(c(coef(m)[2], confint.default(m)[2, ])), " to "), pp(summary(m)$coefficients[2, 4])) }
  writeLines(c(quoted("Sign", "D-penicillamine (n = 158)", "Placebo (n = 154)", "OR (95% CI)", "P"), odds("Ascites, n (%)", d$ascites == 1),
    odds("Hepatomegaly, n (%)", d$hepato == 1), odds("Spiders, n (%)", d$spiders == 1), odds("Death, n (%)", d$status == 2)), file.path(folder, "table2.csv"))
  cox <- function(x) summary(coxph(Surv(time, status == 2) ~ x, d))
  hazard <- function(l, x) { s <- cox(x); quoted(l, interval(s$conf.int[c(1, 3, 4)], "–"), pp(s$coefficients[5])) }
  writeLines(c(quoted("Death", "Hazard ratio (95% CI)", "P"), hazard("D-penicillamine against placebo", 2 - g), hazard("Age, per year", d$age),
    hazard("Female", d$sex == "f"), hazard("Bilirubin, per unit of its logarithm", log(d$bili)), hazard("Oedema, per step of one", d$edema),
    hazard("Albumin, per g/dl", d$albumin)), file.path(folder, "table3.csv"))
  t1 <- t.test(age ~ trt, d, var.equal = TRUE); t2 <- t.test(protime ~ trt, d, var.equal = TRUE); s <- cox(g)
  c1 <- cor.test(d$bili, d$albumin); c2 <- cor.test(d$age, d$protime)
  t <- function(x) paste0("t(310) = ", r(x$statistic, 2), ", ", say(x$p.value))
  f <- function(m) { a <- first(m); paste0("F(", a[1, 1], ", ", a[2, 1], ") = ", r(a[1, 4], 2), ", ", say(a[1, 5])) }
  k <- function(x) paste0("χ2(", x$parameter, ", N = 312) = ", r(x$statistic, 2), ", ", say(x$p.value))
  cr <- function(x) paste0("r(310) = ", r(x$estimate, 2), ", ", say(x$p.value))
  part <- function(s, x) sub(")", "%)", share(s, x), fixed = TRUE)
  cat(c("Counts were compared by the chi-square test, means by the t test and by analysis of variance, medians by the Wilcoxon rank-sum test.",
    paste0("Age was ", ms(g == 1, d$age, 1), " years with D-penicillamine and ", ms(g == 2, d$age, 1), " years with placebo, ", t(t1), "."),
    paste0("Prothrombin time in the arms: ", t(t2), ", and by analysis of variance ", f(aov(protime ~ factor(trt), d)), "."),
    paste0("Hepatomegaly was found in ", part(g == 1, d$hepato == 1), " and ", part(g == 2, d$hepato == 1), ", ", k(chi2(d$hepato, g)), "."),
    paste0("Stages in the arms: ", k(chi2(d$stage, g)), "; deaths by sex: ", k(chi2(d$status == 2, d$sex)), "."),
    paste0("Albumin by stage: ", f(aov(albumin ~ factor(stage), d)), "; age by stage: ", f(aov(age ~ factor(stage), d)), "."),
    paste0("Bilirubin with albumin: ", cr(c1), "; age with prothrombin time: ", cr(c2), "."),
    paste0("Of all, ", sum(d$status == 2), " of 312 (", r(100 * mean(d$status == 2), 1), "%) died; the hazard ratio of placebo was ", r(s$conf.int[1], 2),
      " (95% CI ", r(s$conf.int[3], 2), " to ", r(s$conf.int[4], 2), "; ", say(s$coefficients[5]), ").")),
    sep = "\n", file = file.path(folder, "text.md"))
}
args <- commandArgs(TRUE); trial <- pbc[!is.na(pbc$trt), ]
print_paper(trial, args[1])
for (seed in if (length(args) > 2) as.integer(args[2]):as.integer(args[3])) {
  set.seed(seed); folder <- file.path(args[1], seed); dir.create(folder, showWarnings = FALSE)
  print_paper(do.call(rbind, lapply(split(trial, trial$trt), function(a) a[sample(nrow(a), replace = TRUE), ])), folder, seed)
}
