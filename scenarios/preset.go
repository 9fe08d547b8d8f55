package scenarios

import "slices"

// presetOnly are the keys that a preset's file has and a provider has not.
var presetOnly = []string{"version", "summary", "source", "regions"}

// wholeKeys are keys whose mappings describe one thing: a world's {p50, p95} for
// a time replaces the preset's percentiles instead of mixing with them.
var wholeKeys = []string{"ttft", "itl", "reasoning"}

// presets lays every provider of the world that names a preset over it.
func (d *decoder) presets(world *node) {
	providers := world.get("providers")
	if providers == nil || providers.kind != kindMapping {
		return // reported when it is decoded
	}
	for i, p := range providers.pairs {
		switch name := p.value.get("preset"); {
		case name == nil:
		case name.kind == kindString:
			providers.pairs[i].value = d.preset(name, p.value)
		default: // reported when it is decoded
			d.mean(p.value, "models")
		}
	}
}

// preset returns the provider own with all of the preset that it does not say
// itself; own as it is when there is no such preset.
func (d *decoder) preset(name, own *node) *node {
	names := libraryNames(presetGroup)
	if !slices.Contains(names, name.text) {
		d.fail(name, didYouMean(name.text, names), "unknown preset %.60q", name.text)
		d.mean(own, "models") // they would have come from it
		return own
	}
	base, err := parseLibrary(libraryFile(name.text, presetGroup))
	if err != nil { // the tests read every preset
		d.fail(name, "", "the preset cannot be read: %v", err)
		return own
	}
	regions := base.get("regions")
	for _, key := range presetOnly {
		base.drop(key)
	}
	d.presetRegion(name.text, regions, base, own)
	own = d.presetModels(name.text, base, own)
	return lay(base, own)
}

// presetRegion puts the round trip to the region of the provider into the preset.
func (d *decoder) presetRegion(preset string, regions, base, own *node) {
	region := own.get("region")
	if region == nil {
		region = base.get("region")
	}
	known := regions.get(region.text)
	if known == nil {
		if own.get("rtt") == nil {
			d.fail(region, didYouMean(region.text, regions.keys()), "the preset %s has no region %.64q; give its rtt", preset, region.text)
		}
		return
	}
	for _, p := range known.pairs {
		base.put(p.key, p.value)
	}
}

// presetModels applies a list of models, which restricts the preset to those it
// names, and finds models that were meant to be the preset's.
func (d *decoder) presetModels(preset string, base, own *node) *node {
	models, theirs := own.get("models"), base.get("models")
	switch {
	case models == nil:
	case models.kind == kindSequence:
		kept := &node{kind: kindMapping, origin: models.origin, line: models.line, column: models.column}
		for _, item := range models.items {
			at := theirs.get(item.text)
			if item.kind != kindString || at == nil {
				d.fail(item, didYouMean(item.text, theirs.keys()), "the preset %s has no model %.128q", preset, item.text)
				continue
			}
			kept.put(theirs.key(item.text), at)
		}
		if len(models.items) == 0 {
			d.fail(models, "leave the key out for all of the preset's", "a provider has at least one model")
		}
		if len(kept.pairs) > 0 {
			base.put(base.key("models"), kept)
		}
		rest := *own
		rest.pairs = slices.Clone(own.pairs)
		rest.drop("models")
		return &rest
	case models.kind == kindMapping:
		for _, p := range models.pairs {
			if theirs.get(p.key.text) == nil && p.value.get("price") == nil {
				d.fail(p.key, didYouMean(p.key.text, theirs.keys()), "the preset %s has no model %.128q, and a new one needs price, ttft and itl",
					preset, p.key.text)
				for _, key := range []string{"price", "ttft", "itl"} {
					d.mean(p.value, key)
				}
			}
		}
	}
	return own
}

// lay returns over on top of base: mappings are merged key by key, nothing
// (null) removes a key, and any other value replaces what was there. Neither is
// changed where the other could see it.
func lay(base, over *node) *node {
	out := *base
	out.pairs = slices.Clone(base.pairs)
	out.origin, out.line, out.column = over.origin, over.line, over.column
	for _, p := range over.pairs {
		below := base.get(p.key.text)
		switch {
		case p.value.kind == kindNull && below != nil:
			out.drop(p.key.text)
		case below == nil || below.kind != kindMapping || p.value.kind != kindMapping || slices.Contains(wholeKeys, p.key.text):
			out.put(p.key, p.value)
		default:
			out.put(p.key, lay(below, p.value))
		}
	}
	return &out
}
