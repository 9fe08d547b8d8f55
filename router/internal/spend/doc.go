// Package spend bounds what may be spent in an hour on what nobody waits for.
package spend
