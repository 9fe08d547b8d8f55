// The official OpenAI SDK for Node against a gateway: node check.mjs BASE_URL.
// Each check prints a line once it has passed; the first that fails ends the
// script with its error and a status above 0.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: process.argv[2], apiKey: 'any', maxRetries: 0, timeout: 20_000 });
const messages = [
  { role: 'system', content: 'be kind' },
  { role: 'user', content: 'hello there' },
];
const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } }];

async function check(name, f) {
  await f();
  console.log('ok', name);
}

// A healthy target of each API, and routes whose first target is out of order.
for (const model of ['openai/m', 'anthropic/m', 'gemini/m', 'to-anthropic', 'to-gemini']) {
  await check(`chat ${model}`, async () => {
    const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
    assert.equal(data.model, 'm');
    assert.equal(data.choices[0].finish_reason, 'stop');
    assert.equal(data.choices[0].message.content.length, 48);
    assert.equal(data.usage.completion_tokens, 12);
    assert.ok(response.headers.get('x-routedrill-provider'));
  });

  await check(`stream ${model}`, async () => {
    const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
    let text = '';
    let finish, usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    assert.equal(text.length, 48);
    assert.equal(finish, 'stop');
    assert.equal(usage.completion_tokens, 12);
  });

  await check(`tools ${model}`, async () => {
    const answer = await client.chat.completions.create({ model, messages, tools });
    assert.equal(answer.choices[0].finish_reason, 'tool_calls');
    const [call] = answer.choices[0].message.tool_calls;
    assert.equal(call.function.name, 'get_weather');
    JSON.parse(call.function.arguments);

    // What the tool said goes back, and the SDK's own accumulator takes the stream.
    const back = [...messages, answer.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '{"sky":"clear"}' }];
    const whole = await client.chat.completions.stream({ model, messages: back, tools }).finalChatCompletion();
    assert.equal(whole.choices[0].message.tool_calls[0].function.name, 'get_weather');
  });

  await check(`responses ${model}`, async () => {
    const answer = await client.responses.create({ model, instructions: 'be kind', input: 'hello there' });
    assert.equal(answer.status, 'completed');
    assert.equal(answer.output_text.length, 48);
    assert.equal(answer.usage.output_tokens, 12);
  });

  await check(`responses, streamed ${model}`, async () => {
    // The SDK's own accumulator takes the events.
    const stream = client.responses.stream({ model, instructions: 'be kind', input: 'hello there' });
    let text = '';
    stream.on('response.output_text.delta', (e) => (text += e.delta));
    const whole = await stream.finalResponse();
    assert.equal(text, whole.output_text);
    assert.equal(text.length, 48);
    assert.equal(whole.usage.output_tokens, 12);
  });

  await check(`responses with tools ${model}`, async () => {
    const own = [{ type: 'function', name: 'get_weather', parameters: { type: 'object', properties: {} }, strict: false }];
    const input = [{ role: 'user', content: 'hello there' }];
    const answer = await client.responses.create({ model, input, tools: own });
    const [call] = answer.output.filter((i) => i.type === 'function_call');
    assert.equal(call.name, 'get_weather');
    JSON.parse(call.arguments);
    input.push(...answer.output, { type: 'function_call_output', call_id: call.call_id, output: '{"sky":"clear"}' });
    const next = await client.responses.stream({ model, input, tools: own }).finalResponse();
    assert.ok(next.output.some((i) => i.type === 'function_call' && i.name === 'get_weather'));
  });
}

for (const model of ['openai/e', 'gemini/e']) {
  await check(`embeddings ${model}`, async () => {
    // The SDK asks for base64 and decodes it, unless told otherwise.
    const packed = await client.embeddings.create({ model, input: ['one', 'two'] });
    const plain = await client.embeddings.create({ model, input: ['one', 'two'], encoding_format: 'float' });
    assert.equal(packed.data.length, 2);
    assert.equal(packed.data[1].index, 1);
    assert.equal(packed.data[1].embedding.length, plain.data[1].embedding.length);
    packed.data[1].embedding.forEach((x, i) => assert.ok(Math.abs(x - plain.data[1].embedding[i]) < 1e-6));
  });
}

await check('models', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes('to-gemini') && ids.includes('openai/m'));
});

const long = [{ role: 'user', content: 'abcd'.repeat(9000) }];
for (const [name, type, status, params] of [
  ['no such route', OpenAI.NotFoundError, 404, { model: 'nothing', messages }],
  ['a prompt that is too long', OpenAI.BadRequestError, 400, { model: 'openai/m', messages: long }],
  ['a rate limit', OpenAI.RateLimitError, 429, { model: 'limited/m', messages }],
  ['a provider that is down', OpenAI.InternalServerError, 503, { model: 'down/m', messages }],
  ['a provider that refuses our key', OpenAI.InternalServerError, 502, { model: 'locked/m', messages }],
]) {
  await check(`error: ${name}`, async () => {
    for (const stream of [false, true]) {
      await assert.rejects(client.chat.completions.create({ ...params, stream }), (e) => {
        assert.ok(e instanceof type, `${e}`);
        assert.equal(e.status, status);
        assert.ok(e.message.length > 10);
        return true;
      });
    }
  });
}

await check('error: a stream that breaks after its first content', async () => {
  const stream = await client.chat.completions.create({ model: 'broken/m', messages, stream: true });
  let text = '';
  await assert.rejects(
    async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
    },
    (e) => e instanceof OpenAI.APIError,
  );
  assert.ok(text.length > 0 && text.length < 48);
});

await check('error: a streamed response that breaks after its first content', async () => {
  const stream = await client.responses.create({ model: 'broken/m', input: 'hello there', stream: true });
  const kinds = new Set();
  await assert.rejects(
    async () => {
      for await (const event of stream) kinds.add(event.type);
    },
    (e) => e instanceof OpenAI.APIError,
  );
  assert.ok(kinds.has('response.output_text.delta') && !kinds.has('response.completed'));
});

await check('error: a response that would have to be stored', async () => {
  await assert.rejects(client.responses.create({ model: 'openai/m', input: 'hello', previous_response_id: 'resp_1' }), OpenAI.BadRequestError);
  await assert.rejects(client.responses.retrieve('resp_1'), OpenAI.NotFoundError);
});

await check('the SDK obeys when it is told not to retry', async () => {
  let asked = 0;
  const counting = client.withOptions({ maxRetries: 2, fetch: (...args) => (asked++, fetch(...args)) });
  await assert.rejects(counting.chat.completions.create({ model: 'locked/m', messages }), OpenAI.InternalServerError);
  assert.equal(asked, 1);
});

await check('cancel: before an answer', async () => {
  const stop = new AbortController();
  const answer = client.chat.completions.create({ model: 'silent/m', messages }, { signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(answer, OpenAI.APIUserAbortError);
});

await check('cancel: in a stream', async () => {
  const stream = await client.chat.completions.create({ model: 'stalling/m', messages, stream: true });
  let chunks = 0;
  for await (const _ of stream) {
    if (++chunks === 1) stream.controller.abort();
  }
  assert.ok(chunks > 0);
});

console.log('done');
