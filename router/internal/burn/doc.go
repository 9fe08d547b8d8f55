// Package burn tells how fast an error budget burns, and decides when that is an
// alert.
//
// The burn rate is the share of bad results over the share that is allowed: at 1 a
// budget lasts for exactly its period. A rule looks at two windows, so that it is
// neither raised by a blip, which the long one hardly sees, nor stands for long after
// the end, which the short one sees. The two rules, their factors and the ratio of
// their windows are those that the Site Reliability Workbook recommends for paging:
// Beyer and others, O'Reilly 2018, chapter 5 "Alerting on SLOs", its sixth approach
// ("Multiwindow, Multi-Burn-Rate Alerts"), https://sre.google/workbook/alerting-on-slos/
package burn
