"""Words that name nobody: what a message may show of a cell, and what is taken for no name.

Short answers, units, the words of tables and of their corrections, and the field's own. Only whole
words count, without case. None is a usual name of persons; where a word is both (Miles, Hartmann),
the operation is meant.
"""

import re

WORDS = frozenset(
    re.findall(
        r"\w+",
        """
yes no none nil not unknown known missing empty true false present absent positive negative normal
abnormal other others any all both one two three four five six seven eight nine ten zero
first second third last single multiple several few many more less most than and or of in on at to
from for by with without within after before since until during between under over above below per
as the an is are was were be been has have had did does done do it its this that these those which
who whom whose what when where why how there here then now also only still yet again never ever
always often once twice each every same different new old former current previous earlier later
early late next nearest
if because but so nor too very about around out up down off into against through
lower upper low high higher highest lowest small large larger largest great short full half part
whole total sum mean median average range minimum maximum number numbers count counts percent
share
day days week weeks month months year years hour hours minute minutes time date dates age aged mm
cm ml mg kg ng dl mmol units unit
patient patients person man woman male female men women girl husband wife daughter mother father
family child adult physician surgeon radiologist pathologist oncologist nurse consultant registrar
clinician author reader team staff hospital clinic centre center site department institute
university
row rows column columns cell cells file files sheet sheets table tables header heading name names
named value values level levels label labels code codes text texts word words letter letters digit
digits sign signs character characters line lines title note notes comment remark legend footer
merged hidden formula format formats type kind kinds variable record records form event events
instrument choice choices box ticked dictionary data book workbook archive spreadsheet excel spss
redcap web html xml csv utf windows encoding quote quotes quotation blank blanks dash dashes comma
commas semicolon semicolons tab tabs point decimal separator password such shown stored written
read reads reading id ids pseudonym repeated used unused alike broken cases case group groups
study trial protocol version list entry entries extra
correction corrected correct wrong right error errors mistake mistakes slip typo typing typed
transcription transcribed copied entered misread misprint report reports reported documented
document documentation says stated states recorded checked confirmed verified reviewed review anew
changed moved added removed closed open opened came become seen found lost follow followup consent
withdrawn withdrew birth death died dead alive according source sources original another
measurement measured swapped interchanged exchanged mixed duplicate duplicated wrongly omitted
forgotten left discharge summary operative operation chart meeting board tumour spelling mailed
telephone call called told instead should update updated
tumours tumor tumors cancer cancers carcinoma adenocarcinoma metastasis metastases metastatic
lesion lesions liver hepatic colon colonic rectum rectal rectosigmoid sigmoid caecum cecum
colorectal bowel lung lungs bone brain peritoneum peritoneal node nodes nodal lymph lymphatic bile
biliary duct portal vein venous artery arterial vascular vessel pelvis pelvic abdomen abdominal
thorax chest primary secondary recurrent residual synchronous metachronous unilobar bilobar
solitary lobe lobes lobar segment segments segmental sector sectoral wedge anatomical anatomic
nonanatomical non hemihepatectomy hepatectomy lobectomy sectionectomy segmentectomy metastasectomy
trisegmentectomy extended minor formal atypical resection resections resected reresection ablation
radiofrequency microwave rfa mwa tace embolisation embolization chemoembolisation
radioembolisation radiotherapy chemoradiotherapy chemotherapy chemo therapy therapies
immunotherapy targeted target biological agent agents drug drugs regimen dose doses cycle cycles
course courses duration neoadjuvant adjuvant palliative perioperative preoperative postoperative
intraoperative surgery surgical procedure procedures whipple hartmann laparoscopic laparoscopy
robotic laparotomy stoma ostomy anastomosis approach stage staged stages staging simultaneous
concomitant combined combination sequential reverse
folfox folfiri folfoxiri folfirinox mfolfox xelox capox xeliri xeloda capecitabine oxaliplatin
irinotecan bevacizumab cetuximab panitumumab avastin erbitux fluorouracil leucovorin raltitrexed
tegafur uft regorafenib pembrolizumab nivolumab generic
response responses responder responders nonresponder complete partial progressive progression
regressive regression stationary stable disease progress recist marker cea antigen grade grading
differentiated differentiation well moderately moderate poorly poor undifferentiated mucinous
signet ring histology histological histopathology histopathological pathological pathology
clinical radiological radiology imaging mri ct pet us ultrasound scan film invasion perineural
lymphovascular kras nras braf ras her mutant mutated mutation wild wildtype msi mss mmr deficient
proficient status margin margins microscopic macroscopic involved free clear uncertain unclear
size sizes diameter volume surface width depth
comorbidity comorbidities morbidity mortality complication complications diabetes diabetic
hypertension hypertensive cardiac cardiovascular ischemic ischaemic heart renal kidney failure
insufficiency copd asthma obesity obese anaemia anemia hepatitis cirrhosis steatosis
steatohepatitis sinusoidal obstruction smoker smokers smoking alcohol bleeding haemorrhage
hemorrhage leak leakage fistula abscess infection infections wound sepsis septic pneumonia
effusion ascites thrombosis embolism ileus fever jaundice pain platelets platelet leukocytes
haemoglobin hemoglobin bilirubin albumin creatinine enzymes toxicity neuropathy neutropenia
diarrhoea diarrhea performance asa ecog bmi weight height score index class classification clavien
dindo survival surviving recurrence relapse recurred relapsed overall mild severe severity acute
chronic benign malignant suspicious suspected probable possible definite likely unlikely
transverse ascending descending distal proximal central peripheral lateral medial anterior
posterior superior inferior bilateral unilateral sided side flexure splenic junction cavity
caudate tail body head neck gastric stomach oesophagus esophagus spleen splenectomy pancreas
pancreatic duodenum ileum jejunum appendix omentum diaphragm muscle skin breast prostate bladder
uterus ovary thyroid adrenal spine axis
yellow red dark light sex gender arm baseline visit wing room trade placebo control treated
untreated treatment treatments refused refusal eligible ineligible inclusion exclusion excluded
included standard conventional modified weekly biweekly monthly daily oral intravenous infusion
pump
ca fu hcc tnm edition seg mod diff dmmr pmmr pugh therapeutic anastomotic uicc ajcc resectable
unresectable borderline
blood serum plasma lab laboratory test tests history habit habits admission admitted
hospitalisation stay icu operating theatre anaesthesia transfusion transfused loss ligated vena
cava lymphadenectomy specimen biopsy needle core fnac cytology gene panel initial final interval
gap delay delayed planned emergency elective cause reason
unspecified specified injured injury injuries disorder disorders neoplasm neoplasms elsewhere
classified diseases congenital traffic accident syndrome syndromes system organs organ use mental
malformation newborn respiratory limb pregnancy exposure toxic care fracture fractures tissue
device effect effects genital sequelae tract adverse viral pulmonary object findings finding
contact foot degree nervous deficiency animal hand external fixed situ hip ankle special
substances wrist mellitus nerve nerves superficial metabolism metabolic ulcer shoulder
inflammatory gland glands burn conditions digestive tendon sites urinary intestinal leg vessels
overlapping acquired causing specimens cerebral eye water spinal affected screening absence soft
intestine systemic strain hernia prosthetic diffuse sprain cyst endocrine joint joints presence
rupture subcutaneous lip symptoms disturbances bacterial hereditary trunk virus face foreign
abnormality abnormalities accessory connective undetermined hiv state health specific gangrene
aortic devices excessive affecting period myocardial diagnostic certain persistent artificial
cervix defect defects back failed larynx resulting ureter aneurysm spontaneous internal muscles
obstructed acid atrophy disc oedema arteries fluid transitory tube predominantly damage cranial
nutritional defined palate origin deformity ectopic intracranial tissues idiopathic human
inflammation resistance vagina bronchus abuse tobacco tongue grafts graft visual vitamin fall
middle musculoskeletal sexual transplant anus pressure otitis onset circulatory allergic subacute
shock changes block incomplete immune air food knee trachea interstitial gallbladder urethral
vulva local obstructive sinus cartilage nose dental facial transient scalp varices prolapse polyp
polyps stricture tachycardia arrhythmia fibrillation stenosis valve collapse teeth intolerance
proteins protein hormone hormones receptor receptors enzyme factor factors antibody antibodies
sodium potassium calcium magnesium sulfate phosphate chloride citrate oxide vaccine extract pollen
oil
visits
regimens


ja nein männlich weiblich mann frau links rechts unbekannt leber rektum kolon keine kein oui homme
femme gauche droit droite inconnu inconnue foie aucun aucune si sí hombre mujer masculino femenino
izquierdo derecho izquierda derecha desconocido hígado recto ninguno ذكر أنثى نعم لا غير معروف
nicht erhoben bekannt angabe ohne wegen linker rechts beide beidseits flexur leberlappen mäßig
mässig differenziert undifferenziert gesunden arterielle hypertonie offen chirurgisch
laparoskopisch abgebrochen toxizität erweiterte verstorben lebt rezidiv teilremission vollremission
zyklen wochen monate schnittrand tumorfrei befallen einzeitig zweizeitig unauffällig insuffizienz
niereninsuffizienz herzinsuffizienz wundinfekt nachblutung pfortader bien moyennement peu
différencié différenciée sans objet renseigné insuffisance rénale hépatique cardiopathie ischémique
fuite biliaire abcès paroi réponse partielle complète récidive stéatose modérée sévère légère temps
voie ouverte arrêt pour toxicité allergie saine envahie ganglions ganglion positifs négatifs perdu
vue vivante vivant maladie traité traitée foie décédé décédée épanchement embolisation portale
droite élargie hépatectomie cures mois semaines jours respuesta parcial completa enfermedad
recidiva hepática insuficiencia márgenes sin moderada ganglios positivos negativos pobremente
moderadamente bien diferenciado
hbsag hbv hcv neg pos htn dm ihd af dvt dukes mets ovarian
يمين يسار
erreur erreurs frappe saisie transcription faute virgule décimale oublié oubliée inversion inversé
inversés chiffre chiffres vérifié vérifiée dossier relu relue unité unités mauvaise mauvais colonne
ligne cellule corrigé corrigée selon errores digitación tecleo transcripción tipográfico
tipográfica corregido corregida según informe unidad unidades columna celda coma cifra cifras
equivocado equivocada verificado verificada erro erros digitação transcrição unidade vírgula
corrigido corrigida conforme errore errori battitura trascrizione unità virgola corretto corretta
secondo tippfehler schreibfehler zahlendreher eingabefehler übertragungsfehler einheit komma
verrutscht laut arztbrief akte befund nachgelesen nachgetragen wert falsche falscher zeile spalte
verwechselt korrigiert geprüft
""",
    )
)
# Endings of the field's Latin and Greek, of drugs and of English abstracts, in words that long.
ENDINGS = re.compile(
    r".{3,}(?:tion|sion|.{2}ment|ness|ectom(?:y|ies)|otomy|ostomy|plasty|scop(?:y|ic)|graph(?:y|ic)|"
    r"plasia|oma|omas|itis|osis|pathy|aemia|.{2}emia|uria|algia|platin|mab|tinib|taxel|rubicin|"
    r"citabine|ical|itic|otic|ogenic|oid|ular|atic|able|ible|ically|ated|ised|ized|ology|therapy|trophy|"
    r"genesis|lytic|static|metry|phagia|spasm|stenosis|.{2}ate|oxide|chloride|iodide|ases?|ium|acid|ulin)|[ivx]{1,4}[a-d]?"
)


def names_nobody(word: str) -> bool:
    """Return whether a word is known to be no part of a person's name."""
    folded = word.casefold()
    letter = len(folded) < 2 and folded < "\u0530"  # a sign of Chinese is a word
    return letter or folded in WORDS or bool(ENDINGS.fullmatch(folded))


# Words of the names of files; cities that are no usual name of persons.
FILES = """
    kohorte kohorten tabelle daten datei klinik klinikum krankenhaus chirurgie patienten liste neu
    alt lebermetastasen metastasen cohorte données tableau patients hôpital foie base datos tabla
    archivo pacientes cirugía hospital hígado metástasis coorte dati tabella pazienti ospedale
    chirurgia fegato dados planilha raw ward export exports merged clean cleaned final draft db
    dataset redcap spss synthetic crlm crc bogen auszug auswertung extraction exportación
    cairo giza assiut mansoura tanta lyon marseille lille toulouse bordeaux nantes strasbourg
    rennes montpellier grenoble berlin münchen munich hamburg köln cologne frankfurt heidelberg
    dresden leipzig wien zürich zurich basel genève geneva madrid barcelona sevilla bilbao zaragoza
    torino napoli bologna padova lisboa lisbon porto coimbra leeds manchester liverpool birmingham
    edinburgh dublin amsterdam rotterdam leiden bruxelles brussels oslo stockholm copenhagen
    helsinki warszawa warsaw praha prague budapest istanbul ankara beirut amman riyadh jeddah dubai
    doha tunis rabat casablanca algiers tehran delhi mumbai toronto montreal nord sud süd ouest
    norte sur sul mitte centre
"""
