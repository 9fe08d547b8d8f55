package gemini

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/router/llm"
)

// Path is where an endpoint is served, below a base URL that ends in /v1beta.
func Path(model, endpoint string, stream bool) (path, query string, ok bool) {
	path = "/models/" + url.PathEscape(bare(model))
	switch {
	case endpoint == llm.Embeddings:
		return path + ":batchEmbedContents", "", true
	case endpoint != llm.Chat && endpoint != llm.Completions:
		return "", "", false
	case stream:
		return path + ":streamGenerateContent", "alt=sse", true
	}
	return path + ":generateContent", "", true
}

// bare is a model's name without the collection some lists of models put before it.
func bare(model string) string { return strings.TrimPrefix(model, "models/") }

// Header holds what each request carries.
func Header(key string) http.Header {
	h := http.Header{}
	if key != "" {
		h["X-Goog-Api-Key"] = []string{key}
	}
	return h
}

type request struct {
	SystemInstruction *content         `json:"systemInstruction,omitempty"`
	Tools             []tools          `json:"tools,omitempty"`
	ToolConfig        *toolConfig      `json:"toolConfig,omitempty"`
	Contents          []content        `json:"contents"`
	GenerationConfig  generationConfig `json:"generationConfig,omitzero"`
}

type tools struct {
	FunctionDeclarations []function `json:"functionDeclarations"`
}

type function struct {
	Name                 string          `json:"name"`
	Description          string          `json:"description,omitempty"`
	ParametersJSONSchema json.RawMessage `json:"parametersJsonSchema,omitempty"`
}

type toolConfig struct {
	FunctionCallingConfig callingConfig `json:"functionCallingConfig"`
}

type callingConfig struct {
	Mode                 string   `json:"mode"`
	AllowedFunctionNames []string `json:"allowedFunctionNames,omitempty"`
}

type generationConfig struct {
	Temperature        json.Number     `json:"temperature,omitempty"`
	TopP               json.Number     `json:"topP,omitempty"`
	Seed               json.Number     `json:"seed,omitempty"`
	CandidateCount     int64           `json:"candidateCount,omitempty"`
	MaxOutputTokens    int64           `json:"maxOutputTokens,omitempty"`
	StopSequences      []string        `json:"stopSequences,omitempty"`
	ResponseMIMEType   string          `json:"responseMimeType,omitempty"`
	ResponseJSONSchema json.RawMessage `json:"responseJsonSchema,omitempty"`
}

// Chat is the body of a chat.
func Chat(c *llm.ChatRequest, model string) []byte {
	r := request{ToolConfig: choice(c)}
	r.SystemInstruction, r.Contents = conversation(c.Messages, signed(bare(model)))
	if len(c.Tools) > 0 {
		var list []function
		for _, t := range c.Tools {
			list = append(list, function{t.Name, t.Description, json.RawMessage(t.Schema)})
		}
		r.Tools = []tools{{list}}
	}
	g := &r.GenerationConfig
	g.Temperature, g.TopP = json.Number(c.Temperature), json.Number(c.TopP)
	if _, err := strconv.ParseInt(string(c.Seed), 10, 32); err == nil {
		g.Seed = json.Number(c.Seed) // one that does not fit is a hint that cannot be given
	}
	if c.N > 1 {
		g.CandidateCount = c.N
	}
	g.MaxOutputTokens, g.StopSequences = c.MaxTokens, c.Stop
	switch c.Format.Kind {
	case llm.FormatSchema:
		g.ResponseMIMEType, g.ResponseJSONSchema = "application/json", json.RawMessage(c.Format.Schema)
	case llm.FormatJSON:
		g.ResponseMIMEType = "application/json"
	}
	return encode(&r)
}

func choice(c *llm.ChatRequest) *toolConfig {
	if len(c.Tools) == 0 {
		return nil
	}
	switch c.ToolChoice.Mode {
	case llm.ToolsAuto:
		return &toolConfig{callingConfig{Mode: "AUTO"}}
	case llm.ToolsNone:
		return &toolConfig{callingConfig{Mode: "NONE"}}
	case llm.ToolsRequired:
		return &toolConfig{callingConfig{Mode: "ANY"}}
	case llm.NamedTool:
		return &toolConfig{callingConfig{"ANY", []string{c.ToolChoice.Name}}}
	}
	return nil
}

type embedRequest struct {
	Requests []embedOne `json:"requests"`
}

type embedOne struct {
	Model                string  `json:"model"`
	Content              content `json:"content"`
	OutputDimensionality int64   `json:"outputDimensionality,omitempty"`
}

// Embed is the body of a request for embeddings.
func Embed(e *llm.EmbedRequest, model string) []byte {
	var r embedRequest
	for _, text := range e.Texts {
		r.Requests = append(r.Requests, embedOne{"models/" + bare(model), content{Parts: []part{{Text: text}}}, e.Dimensions})
	}
	return encode(&r)
}

func encode(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // texts and valid JSON only: cannot fail
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}
