package fault

// kinds is the list of all faults, in the order of the reference.
var kinds = []Kind{
	none,
	status, falseRateLimit, falseUnauthorized, modelRetired, contentFilter, filteredAnswer,
	refuse, slowAccept, reset, hang, delay, slowFirstToken, trickle,
	stall, cut, noTerminator, malformedChunk, duplicateChunk, streamError,
	errorBody, emptyAnswer, truncatedJSON, wrongModel, usage, degraded, price,
	quotaSqueeze, retryAfter,
}
