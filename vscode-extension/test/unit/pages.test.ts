import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainPage } from '../../src/explainPage.js';
import { modelRows, sizeOf, type ModelList } from '../../src/modelPicks.js';
import { lookOf, tooltipOf, type Facts } from '../../src/statusText.js';
import { speedOf, type Trace } from '../../src/trace.js';

const trace: Trace = {
  id: 't-1', time: 0, file: 'a_b.py', line: 3, language: 'python', trigger: 'automatic', shown: 1, source: 'model', sentence: '',
  steps: [{ name: 'gate', outcome: 'ask', ms: 0.04 }, { name: 'generate', outcome: 'stop', ms: 30, details: { tokens: 11, multiline: false } }],
  promptTokens: { prefix: 90, suffix: 10 }, reusedTokens: 75, generatedTokens: 11, firstTokenMs: 20, totalMs: 120,
};
const silent: Trace = { ...trace, shown: 0, source: '', sentence: 'The cursor is inside a word.', promptTokens: {}, firstTokenMs: null, totalMs: 0.2 };

test('the page says first what became of the newest request', () => {
  const page = explainPage([trace, silent], undefined);

  assert.match(page, /^# Why this suggestion\?\n\n\*\*Shown, from the source “model”\.\*\*/);
  assert.match(page, /a\\_b\.py, line 3, python/);
  assert.match(page, /\| generate \| stop \| 30\.00 \| tokens 11, multiline false \|/);
  assert.match(page, /100 tokens, 75 of them reused; the model wrote 11/);
  assert.match(page, /## Before that\n\n.*\n.*\n\| a\\_b\.py:3 \| The cursor is inside a word\. \| 0\.2 \|/);
});

test('the page says why the editor does not even ask', () => {
  assert.match(explainPage([trace], 'Pylot is paused.'), /^# Why no suggestion\?\n\nPylot is paused\./);
  assert.match(explainPage([], undefined), /^# Why no suggestion\?\n\nNothing has been asked yet/);
});

test('the speed leaves out what the model did not write', () => {
  assert.deepEqual(speedOf([silent, trace]), { tokensPerSecond: 100, reusedShare: 0.75 });
  assert.equal(speedOf([silent]), undefined);
});

const calm: Facts = {
  server: 'running', problem: undefined, message: 'qwen is ready.', isThinking: false, work: undefined,
  pausedUntil: undefined, switchedOff: undefined, nPending: 0, speed: undefined,
};
const looks: [Partial<Facts>, string, string, string][] = [
  [{}, '$(sparkle)', 'Pylot', 'qwen is ready.'],
  [{ isThinking: true }, '$(loading~spin)', 'Pylot', 'Thinking …'],
  [{ work: { title: 'Indexing', percent: 40 }, isThinking: true }, '$(sync~spin)', 'Pylot 40%', 'Indexing'],
  [{ switchedOff: 'Off for markdown.' }, '$(circle-slash)', 'Pylot', 'Off for markdown.'],
  [{ problem: 'No model.', isThinking: true }, '$(warning)', 'Pylot', 'No model.'],
  [{ nPending: 2, problem: 'No model.' }, '$(bell-dot)', 'Pylot 2', 'An agent waits for your answer.'],
  [{ pausedUntil: '12:30', problem: 'No model.' }, '$(debug-pause)', 'Pylot', 'Paused until 12:30.'],
  [{ server: 'starting', problem: 'No model.' }, '$(sync~spin)', 'Pylot', 'Pylot is starting.'],
  [{ server: 'failed', problem: 'Not installed.' }, '$(error)', 'Pylot', 'Not installed.'],
  [{ server: 'failed', problem: 'Not installed.', work: { title: 'Installing', percent: undefined } }, '$(sync~spin)', 'Pylot', 'Installing'],
  [{ server: 'off' }, '$(circle-slash)', 'Pylot', 'Pylot is switched off.'],
];

for (const [facts, icon, text, summary] of looks) {
  test(`the status item: ${JSON.stringify(facts)}`, () => {
    const look = lookOf({ ...calm, ...facts });

    assert.deepEqual([look.icon, look.text, look.summary], [icon, text, summary]);
  });
}

test('the tooltip has the figures', () => {
  const facts = { ...calm, isThinking: true, speed: { tokensPerSecond: 41.6, reusedShare: 0.954 } };

  assert.deepEqual(tooltipOf(facts), ['Thinking …', 'qwen is ready.', '42 tokens per second, 95% of the prompt reused']);
});

const local = { roles: [], problem: '', quantization: 'Q8_0', fim: true, memoryBytes: 3e9, fits: true };
const known = { licence: 'Apache-2.0', note: '', memoryBytes: 2e9, fits: true, fim: true };
const list: ModelList = {
  folder: '/models', freeBytes: 4e9,
  local: [
    { ...local, name: 'small', bytes: 2e6, roles: ['complete'] },
    { ...local, name: 'large', bytes: 8e9, memoryBytes: 9e9, fits: false },
    { ...local, name: 'middle', bytes: 1.5e9 },
    { ...local, name: 'broken', bytes: 1, problem: 'It is no GGUF file.' },
  ],
  logical: [{ name: 'server', roles: [], deployments: ['ollama/qwen'] }],
  known: [{ ...known, name: 'qwen', title: 'Qwen 1.5B', bytes: 1.1e9 }, { ...known, name: 'talker', title: 'No FIM', bytes: 1e9, fim: false }],
};

test('models that fit come first, and those that cannot fill in are not offered', () => {
  assert.deepEqual(modelRows(list).map(({ kind, label }) => [kind, label]), [
    ['heading', 'on this machine'], ['use', '$(check) small'], ['use', 'middle'], ['use', 'large'], ['use', 'server'],
    ['heading', 'to be fetched'], ['fetch', '$(cloud-download) Qwen 1.5B'],
  ]);
  assert.equal(modelRows(list)[3]?.detail, 'needs 9.0 GB of memory, more than is free now');
  assert.deepEqual([2e6, 9.5e8, 1.25e9].map(sizeOf), ['2 MB', '950 MB', '1.3 GB']);
});
