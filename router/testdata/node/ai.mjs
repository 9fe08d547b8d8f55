// The Vercel AI SDK with its OpenAI provider against a gateway: node ai.mjs BASE_URL.
// It asks by the Responses API unless told otherwise; both are checked. Each check
// prints a line once it has passed; the first that fails ends the script.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, embedMany, generateObject, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';

globalThis.AI_SDK_LOG_WARNINGS = false;
const openai = createOpenAI({ baseURL: process.argv[2], apiKey: 'any' });
// Nothing is stored behind the gateway, so the SDK is not to refer to it.
const settings = { prompt: 'hello there', system: 'be kind', maxRetries: 0, providerOptions: { openai: { store: false } } };
const weather = tool({ inputSchema: jsonSchema({ type: 'object', properties: {} }), execute: async () => ({ sky: 'clear' }) });

async function check(name, f) {
  await f();
  console.log('ok', name);
}

const apis = { chat: (model) => openai.chat(model), responses: (model) => openai.responses(model) };
for (const [api, of] of Object.entries(apis)) {
  for (const name of ['openai/m', 'anthropic/m', 'gemini/m', 'to-anthropic', 'to-gemini']) {
    const model = of(name);

    await check(`${api} ${name}`, async () => {
      const { text, usage, finishReason } = await generateText({ model, ...settings });
      assert.equal(text.length, 48);
      assert.equal(usage.outputTokens, 12);
      assert.equal(finishReason, 'stop');
    });

    await check(`${api} ${name}, streamed`, async () => {
      const answer = streamText({ model, ...settings });
      let text = '';
      for await (const piece of answer.textStream) text += piece;
      assert.equal(text.length, 48);
      assert.equal((await answer.usage).outputTokens, 12);
      assert.equal(await answer.finishReason, 'stop');
    });

    await check(`${api} ${name}, tools`, async () => {
      // The SDK runs the tool and goes on; the fake asks for it each time, so two steps are enough.
      const { steps } = await generateText({ model, ...settings, tools: { weather }, stopWhen: stepCountIs(2) });
      assert.equal(steps.length, 2);
      for (const step of steps) {
        assert.equal(step.finishReason, 'tool-calls');
        assert.equal(step.toolCalls[0].toolName, 'weather');
        assert.deepEqual(step.toolResults[0].output, { sky: 'clear' });
      }
      const answer = streamText({ model, ...settings, tools: { weather }, stopWhen: stepCountIs(2) });
      await answer.consumeStream();
      assert.deepEqual((await answer.steps).map((step) => step.toolCalls.length), [1, 1]);
    });
  }

  for (const [name, status, model] of [
    ['no such route', 404, 'nothing'],
    ['a rate limit', 429, 'limited/m'],
    ['a provider that is down', 503, 'down/m'],
    ['a provider that refuses our key', 502, 'locked/m'],
  ]) {
    await check(`${api}, error: ${name}`, async () => {
      await assert.rejects(generateText({ model: of(model), ...settings }), (e) => {
        assert.ok(APICallError.isInstance(e), `${e}`);
        assert.equal(e.statusCode, status);
        return true;
      });
    });
  }

  await check(`${api}, error: a stream that breaks after its first content`, async () => {
    const kinds = [];
    let failed = 0;
    const answer = streamText({ model: of('broken/m'), ...settings, onError: () => failed++ });
    for await (const part of answer.fullStream) kinds.push(part.type);
    assert.ok(kinds.includes('text-delta') && kinds.includes('error'), `${kinds}`);
    assert.equal(failed, 1);
  });

  await check(`${api}, abort: before an answer`, async () => {
    const stop = AbortSignal.timeout(50);
    await assert.rejects(generateText({ model: of('silent/m'), ...settings, abortSignal: stop }));
    assert.ok(stop.aborted);
  });

  await check(`${api}, abort: in a stream`, async () => {
    const stop = new AbortController();
    const kinds = [];
    const answer = streamText({ model: of('stalling/m'), ...settings, abortSignal: stop.signal });
    for await (const part of answer.fullStream) {
      kinds.push(part.type);
      if (part.type === 'text-delta') stop.abort();
    }
    assert.ok(kinds.includes('abort') && !kinds.includes('finish'), `${kinds}`);
  });
}

await check('an object', async () => {
  // The fake makes words, not objects: what counts is that the schema goes through, and that the SDK says what came.
  const schema = jsonSchema({ type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false });
  await assert.rejects(generateObject({ model: openai.responses('openai/m'), ...settings, schema }), { name: 'AI_NoObjectGeneratedError' });
});

for (const name of ['openai/e', 'gemini/e']) {
  await check(`embeddings ${name}`, async () => {
    const { embeddings } = await embedMany({ model: openai.textEmbeddingModel(name), values: ['one', 'two'], maxRetries: 0 });
    assert.equal(embeddings.length, 2);
    assert.ok(embeddings[1].length > 0);
  });
}

console.log('done');
