package scenarios

import "time"

// Defaults of a task's sizes, in tokens.
var (
	defaultPrompt = Dist{Kind: LogNormal, P50: 500, P95: 2000}
	defaultOutput = Dist{Kind: LogNormal, P50: 150, P95: 600}
)

func (d *decoder) tasks(dst *[]Task) func(*node) {
	return func(n *node) {
		*dst = nil
		d.list(n, "tasks", maxTasks, func(item *node) { *dst = append(*dst, d.task(item)) })
		if n.kind == kindSequence && len(n.items) == 0 {
			d.fail(n, "", "the list is empty")
		}
	}
}

func (d *decoder) task(n *node) Task {
	t := Task{Weight: 1, Endpoint: "chat", PromptTokens: defaultPrompt, Inputs: 1}
	if !d.mapping(n, "task", d.taskFields(&t)) {
		return t
	}
	d.need(n, "a task", "name", "model")
	if t.Client.Preset == "" {
		d.clientDefaults(nil, &t.Client)
	}
	if t.Deadline == 0 {
		t.Deadline = t.Client.Timeout
	}
	refuse := func(what string, keys ...string) {
		for _, key := range keys {
			if n.get(key) != nil {
				d.failKey(n, key, "", "%s takes no %q", what, key)
			}
		}
	}
	if t.Class == Batch && t.Stream {
		d.failKey(n, "stream", "", "a batch task is not streamed")
	}
	if t.Endpoint == "embeddings" {
		refuse("an embeddings task", "stream", "tools", "output_tokens", "max_tokens", "shared_prefix")
		return t
	}
	refuse("a "+t.Endpoint+" task", "inputs")
	if t.Endpoint != "chat" {
		refuse("a "+t.Endpoint+" task", "tools")
	}
	if t.OutputTokens.Kind == "" {
		t.OutputTokens = defaultOutput
	}
	return t
}

func (d *decoder) taskFields(t *Task) []field {
	return []field{
		{"name", d.name(&t.Name)},
		{"weight", d.number(&t.Weight, 0, 1_000_000)},
		{"endpoint", d.word(&t.Endpoint, "endpoint of a task", without(d.words.Endpoints, "models"))},
		{"model", d.text(&t.Model, maxTargetName)},
		{"stream", d.flag(&t.Stream)},
		{"tools", d.flag(&t.Tools)},
		{"prompt_tokens", d.dist(&t.PromptTokens, d.tokens)},
		{"output_tokens", d.dist(&t.OutputTokens, d.tokens)},
		{"max_tokens", d.count(&t.MaxTokens, 1, maxTokenCount)},
		{"inputs", d.count(&t.Inputs, 1, 2048)},
		{"prompts", d.variety(&t.Prompts, "prompts")},
		{"shared_prefix", d.count(&t.SharedPrefix, 1, 1_000_000)},
		{"tenants", d.variety(&t.Tenants, "tenants")},
		{"region", d.name(&t.Region)},
		{"class", d.word(&t.Class, "class of a task", []string{Batch})},
		{"deadline", d.duration(&t.Deadline, time.Millisecond, maxDuration)},
		{"client", d.client(&t.Client)},
	}
}

// maxVariety bounds how many different things are drawn from.
const maxVariety = 1_000_000

// variety takes how many there are, or a mapping that also says how unevenly
// they are drawn.
func (d *decoder) variety(v *Variety, what string) func(*node) {
	return func(n *node) {
		*v = Variety{}
		if n.kind != kindMapping {
			d.count(&v.Distinct, 1, maxVariety)(n)
			return
		}
		if d.mapping(n, "variety", d.varietyFields(v)) {
			d.need(n, what, "distinct")
		}
	}
}

func (d *decoder) varietyFields(v *Variety) []field {
	return []field{
		{"distinct", d.count(&v.Distinct, 1, maxVariety)},
		{"zipf", d.number(&v.Zipf, 0, 10)},
	}
}

// client takes a preset with changes to it, or the preset alone.
func (d *decoder) client(c *Client) func(*node) {
	return func(n *node) {
		if n.kind == kindString {
			d.word(&c.Preset, "client preset", d.words.Clients)(n)
			d.clientDefaults(nil, c)
			return
		}
		if d.mapping(n, "client", d.clientFields(c)) {
			d.clientDefaults(n, c)
		}
	}
}

func (d *decoder) clientFields(c *Client) []field {
	return []field{
		{"preset", d.word(&c.Preset, "client preset", d.words.Clients)},
		{"timeout", d.duration(&c.Timeout, time.Millisecond, 24*time.Hour)},
		{"max_retries", d.count(&c.MaxRetries, 0, 10)},
		{"idempotency_key", d.flag(&c.IdempotencyKey)},
		{"lose_answers", d.number(&c.LoseAnswers, 0, 1)},
	}
}

// clientDefaults fills in what the preset says. The official SDKs wait ten
// minutes per try and retry twice.
func (d *decoder) clientDefaults(n *node, c *Client) {
	timeout, retries := time.Minute, 0
	switch c.Preset {
	case "openai-python", "openai-go":
		timeout, retries = 10*time.Minute, 2
	case "":
		c.Preset = "none"
	}
	if c.Timeout == 0 {
		c.Timeout = timeout
	}
	if n.get("max_retries") == nil {
		c.MaxRetries = retries
	}
}
