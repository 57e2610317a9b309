# Prints the tables of pbc/ from the trial's data, as papers print them: Rscript pbc.R FOLDER
# Data: Mayo Clinic trial in primary biliary cholangitis, `pbc` of R's package survival, the 312 randomised.
library(survival)
folder <- commandArgs(TRUE)[1]
d <- pbc[!is.na(pbc$trt), ]; g <- d$trt
r <- function(x, k) formatC(floor(abs(x) * 10^k + .5) / 10^k * sign(x), format = "f", digits = k)
pp <- function(p) if (p < .001) "<0.001" else r(p, 3)
each <- function(f) c(f(rep(TRUE, nrow(d))), f(g == 1), f(g == 2))
quoted <- function(...) paste0('"', c(...), '"', collapse = ",")
mean_sd <- function(label, x, k) quoted(label, each(function(s) paste(r(mean(x[s]), k), "±", r(sd(x[s]), k))),
  pp(t.test(x ~ g, var.equal = TRUE)$p.value))
median_iqr <- function(label, x, k) quoted(label, each(function(s) { q <- quantile(x[s]); paste0(r(q[3], k), " (", r(q[2], k), "–", r(q[4], k), ")") }),
  pp(wilcox.test(x ~ g, exact = FALSE)$p.value))
share <- function(s, x) paste0(sum(x[s]), " (", r(100 * mean(x[s]), 1), ")")
binary <- function(label, x) quoted(label, each(function(s) share(s, x)), pp(chisq.test(table(x, g), correct = FALSE)$p.value))
levels_of <- function(label, x, names) c(quoted(label, "", "", "", pp(chisq.test(table(x, g), correct = FALSE)$p.value)),
  sapply(seq_along(names), function(i) quoted(paste0("  ", names[i]), each(function(s) share(s, x == names(names)[i])), "")))
writeLines(c(
  quoted("Characteristic", "All (n = 312)", "D-penicillamine (n = 158)", "Placebo (n = 154)", "P"),
  mean_sd("Age, years, mean ± SD", d$age, 1), binary("Female, n (%)", d$sex == "f"), binary("Ascites, n (%)", d$ascites == 1),
  binary("Hepatomegaly, n (%)", d$hepato == 1), binary("Spiders, n (%)", d$spiders == 1),
  levels_of("Oedema, n (%)", d$edema, c("0" = "None", "0.5" = "Untreated or resolved", "1" = "Despite diuretics")),
  levels_of("Histologic stage, n (%)", d$stage, c("1" = "Stage 1", "2" = "Stage 2", "3" = "Stage 3", "4" = "Stage 4")),
  median_iqr("Bilirubin, mg/dl, median (IQR)", d$bili, 2), mean_sd("Albumin, g/dl, mean ± SD", d$albumin, 2),
  median_iqr("Alkaline phosphatase, U/l, median (IQR)", d$alk.phos, 0),
  mean_sd("Aspartate aminotransferase, U/ml, mean ± SD", d$ast, 1), mean_sd("Prothrombin time, s, mean ± SD", d$protime, 1)),
  file.path(folder, "table1.csv"))
hazard <- function(label, x) { s <- summary(coxph(Surv(time, status == 2) ~ x, d))
  quoted(label, paste0(r(s$conf.int[1], 2), " (", r(s$conf.int[3], 2), "–", r(s$conf.int[4], 2), ")"), pp(s$coefficients[5])) }
odds <- function(label, x) { m <- glm(x ~ I(g == 2), binomial, d); e <- exp(c(coef(m)[2], confint.default(m)[2, ]))
  quoted(label, share(g == 1, x), share(g == 2, x), paste0(r(e[1], 2), " (", r(e[2], 2), " to ", r(e[3], 2), ")"), pp(summary(m)$coefficients[2, 4])) }
writeLines(c(quoted("Death", "Hazard ratio (95% CI)", "P"), hazard("D-penicillamine against placebo", 2 - g),
  hazard("Age, per year", d$age), hazard("Female", d$sex == "f"), hazard("Bilirubin, per unit of its logarithm", log(d$bili)),
  hazard("Oedema, per step of one", d$edema), hazard("Albumin, per g/dl", d$albumin)), file.path(folder, "table3.csv"))
writeLines(c(quoted("Sign", "D-penicillamine (n = 158)", "Placebo (n = 154)", "OR (95% CI)", "P"),
  odds("Ascites, n (%)", d$ascites == 1), odds("Hepatomegaly, n (%)", d$hepato == 1), odds("Spiders, n (%)", d$spiders == 1),
  odds("Death, n (%)", d$status == 2)), file.path(folder, "table2.csv"))
f <- function(m) summary(m)[[1]]
t1 <- t.test(age ~ trt, d, var.equal = TRUE); t2 <- t.test(protime ~ trt, d, var.equal = TRUE); c1 <- cor.test(d$bili, d$albumin)
c2 <- cor.test(d$age, d$protime); a1 <- f(aov(albumin ~ factor(stage), d)); a2 <- f(aov(age ~ factor(stage), d)); a3 <- f(aov(protime ~ factor(trt), d))
x1 <- chisq.test(table(d$stage, g), correct = FALSE); x2 <- chisq.test(table(d$hepato, g), correct = FALSE)
x3 <- chisq.test(table(d$status == 2, d$sex), correct = FALSE)
say <- function(p) if (p < .001) "p < 0.001" else paste("p =", r(p, 3))
s <- summary(coxph(Surv(time, status == 2) ~ trt, d))
cat(c(
  "Counts were compared by the chi-square test, means by the t test and by analysis of variance, medians by the Wilcoxon rank-sum test.",
  paste0("Age was ", r(mean(d$age[g == 1]), 1), " ± ", r(sd(d$age[g == 1]), 1), " years with D-penicillamine and ", r(mean(d$age[g == 2]), 1), " ± ",
    r(sd(d$age[g == 2]), 1), " years with placebo, t(310) = ", r(t1$statistic, 2), ", ", say(t1$p.value), "."),
  paste0("Prothrombin time did not differ, t(310) = ", r(t2$statistic, 2), ", ", say(t2$p.value), ", nor by analysis of variance, F(1, 310) = ", r(a3[1, 4], 2), ", ", say(a3[1, 5]), "."),
  paste0("Hepatomegaly was found in ", share(g == 1, d$hepato == 1), " and ", share(g == 2, d$hepato == 1), ", χ2(1, N = 312) = ", r(x2$statistic, 2), ", ", say(x2$p.value), "."),
  paste0("Stages were alike, χ2(3, N = 312) = ", r(x1$statistic, 2), ", ", say(x1$p.value), "; of both sexes as many died, χ2(1, N = 312) = ", r(x3$statistic, 2), ", ", say(x3$p.value), "."),
  paste0("Albumin fell with the stage, F(3, 308) = ", r(a1[1, 4], 2), ", ", say(a1[1, 5]), ", and age rose, F(3, 308) = ", r(a2[1, 4], 2), ", ", say(a2[1, 5]), "."),
  paste0("Bilirubin was related to albumin, r(310) = ", r(c1$estimate, 2), ", ", say(c1$p.value), ", and age to prothrombin time, r(310) = ", r(c2$estimate, 2), ", ", say(c2$p.value), "."),
  paste0("Of all, 125 of 312 (", r(100 * 125 / 312, 1), "%) died; the hazard ratio of placebo was ", r(s$conf.int[1], 2), " (95% CI ", r(s$conf.int[3], 2), " to ", r(s$conf.int[4], 2), "; ", say(s$coefficients[5]), ").")),
  sep = "\n", file = file.path(folder, "text.md"))
