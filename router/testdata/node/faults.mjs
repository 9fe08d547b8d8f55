// Both SDKs against `routedrill serve` while faults come and go at the first of two
// providers: node faults.mjs BASE_URL KEY SECONDS. Nobody may notice any of it. The
// SDKs do not retry: that is the router's task.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { embed, generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';

const [baseURL, apiKey, seconds] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 20_000 });
const vercel = createOpenAI({ baseURL, apiKey });
const model = 'smart';
const messages = [{ role: 'user', content: 'hello there' }];
const parameters = { type: 'object', properties: {} };
const settings = { prompt: 'hello there', maxRetries: 0, providerOptions: { openai: { store: false } } };
const weather = tool({ inputSchema: jsonSchema(parameters) });

async function read(stream, text) {
  let all = '';
  for await (const piece of stream) all += text(piece) ?? '';
  assert.ok(all.length > 0);
}

const asks = {
  chat: async () => assert.ok((await client.chat.completions.create({ model, messages })).choices[0].message.content),
  'chat, streamed': async () => read(await client.chat.completions.create({ model, messages, stream: true }), (c) => c.choices[0]?.delta?.content),
  'chat with a tool': async () => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters } }];
    const answer = await client.chat.completions.create({ model, messages, tools, tool_choice: 'required' });
    JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments);
  },
  embeddings: async () => assert.ok((await client.embeddings.create({ model: 'embed', input: 'hello' })).data[0].embedding.length > 0),
  responses: async () => assert.ok((await client.responses.create({ model, input: 'hello there' })).output_text),
  'responses, streamed': async () => assert.equal((await client.responses.stream({ model, input: 'hello there' }).finalResponse()).status, 'completed'),
  'an abort': async () => {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const _ of stream) break; // which aborts it
  },
  'no such route': async () => assert.rejects(client.chat.completions.create({ model: 'nothing', messages }), OpenAI.NotFoundError),
  'another key': async () => assert.rejects(client.withOptions({ apiKey: 'rdk-no' }).models.list(), OpenAI.AuthenticationError),
  'ai: text': async () => assert.ok((await generateText({ model: vercel(model), ...settings })).text),
  'ai: chat, streamed': async () => read(streamText({ model: vercel.chat(model), ...settings }).textStream, (s) => s),
  'ai: responses, streamed': async () => read(streamText({ model: vercel(model), ...settings }).textStream, (s) => s),
  'ai: a tool': async () => {
    const { toolCalls } = await generateText({ model: vercel(model), ...settings, tools: { weather }, toolChoice: 'required' });
    assert.equal(toolCalls[0].toolName, 'weather');
  },
  'ai: embeddings': async () => assert.ok((await embed({ model: vercel.textEmbeddingModel('embed'), value: 'hello', maxRetries: 0 })).embedding.length > 0),
};

const count = Object.fromEntries(Object.keys(asks).map((name) => [name, 0]));
for (const end = Date.now() + 1000 * Number(seconds); Date.now() < end; ) {
  await Promise.all(
    Object.entries(asks).map(async ([name, ask]) => {
      try {
        await ask();
      } catch (e) {
        throw new Error(`${name}, after ${count[name]} times: ${e}`, { cause: e });
      }
      count[name]++;
    }),
  );
}
for (const [name, n] of Object.entries(count)) assert.ok(n >= 3, `${name}: ${n}`);
console.log('done', JSON.stringify(count));
