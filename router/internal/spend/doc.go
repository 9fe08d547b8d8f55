// Package spend bounds what may be spent within periods of time that follow one
// another: hours since an instant, or the minutes, hours, days and months of UTC.
package spend
