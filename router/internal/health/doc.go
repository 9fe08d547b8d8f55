// Package health watches one target at one endpoint through the live traffic:
// how long its answers take, how much of what it is asked fails and what its
// answers hold, over three sliding windows, and what that makes of it in one
// word.
//
// A [Monitor] holds whole numbers only, so records of one instant may come in
// any order. What [Monitor.Summary] tells is made anew once a second, when
// somebody asks: ranking ten targets must not cost ten histograms.
package health
