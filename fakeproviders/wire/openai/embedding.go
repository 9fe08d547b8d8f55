package openai

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// AppendEmbeddings appends the body that answers an embeddings request with
// vectors of the given length. A vector depends on its input and the model
// only, so equal inputs have equal vectors.
func AppendEmbeddings(dst []byte, r *Request, model string, dimensions int) []byte {
	dst = append(dst, "{\"object\":\"list\",\"data\":["...)
	space := keyed.String(0, model)
	vector := make([]float32, dimensions)
	for i := range r.Inputs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, "{\"object\":\"embedding\",\"index\":"...)
		dst = strconv.AppendInt(dst, int64(i), 10)
		dst = append(dst, ",\"embedding\":"...)
		fill(vector, keyed.Key(space).Nth(int(r.Inputs[i])))
		dst = appendVector(dst, vector, r.Base64)
		dst = append(dst, '}')
	}
	dst = append(dst, "],\"model\":"...)
	dst = gjson.AppendJSONString(dst, model)
	dst = append(dst, ",\"usage\":{\"prompt_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(r.PromptTokens), 10)
	dst = append(dst, ",\"total_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(r.PromptTokens), 10)
	return append(dst, "}}\n"...)
}

// fill sets v to the unit vector of a seed.
func fill(v []float32, seed keyed.Key) {
	var sum float64
	for i := range v {
		x := 2*keyed.Uniform(seed.Nth(i).Draw("")) - 1
		v[i] = float32(x)
		sum += x * x
	}
	scale := 1 / math.Sqrt(sum)
	for i := range v {
		v[i] = float32(float64(v[i]) * scale)
	}
}

func appendVector(dst []byte, v []float32, asBase64 bool) []byte {
	if asBase64 {
		raw := make([]byte, 0, 4*len(v))
		for _, x := range v {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, raw)
		return append(dst, '"')
	}
	dst = append(dst, '[')
	for i, x := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendFloat(dst, float64(x), 'g', -1, 32)
	}
	return append(dst, ']')
}

// AppendModel appends one model object.
func AppendModel(dst []byte, id, owner string, created int64) []byte {
	dst = append(dst, "{\"id\":"...)
	dst = gjson.AppendJSONString(dst, id)
	dst = append(dst, ",\"object\":\"model\",\"created\":"...)
	dst = strconv.AppendInt(dst, created, 10)
	dst = append(dst, ",\"owned_by\":"...)
	dst = gjson.AppendJSONString(dst, owner)
	return append(dst, '}')
}

// AppendModels appends the list of models, all of one owner.
func AppendModels(dst []byte, ids []string, owner string, created int64) []byte {
	dst = append(dst, "{\"object\":\"list\",\"data\":["...)
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendModel(dst, id, owner, created)
	}
	return append(dst, "]}\n"...)
}
