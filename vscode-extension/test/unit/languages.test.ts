import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const json = (path: string): Record<string, string> => JSON.parse(readFileSync(path, 'utf8'));
const sources = readdirSync('src').map(name => readFileSync(`src/${name}`, 'utf8')).join('\n');
// Every call of `t` begins with a literal, so that this finds it.
const messages = [...sources.matchAll(/\bt\('((?:[^'\\]|\\.)+)'/g)].map(match => match[1] ?? '');

test('every message of the code has its Russian words, and nothing else has', () => {
  assert.deepEqual(Object.keys(json('l10n/bundle.l10n.ru.json')).sort(), [...new Set(messages)].sort());
});

test('a translation keeps the places of its message', () => {
  const places = (text: string) => [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort();
  const wrong = Object.entries(json('l10n/bundle.l10n.ru.json')).filter(([message, translation]) => places(message).join() !== places(translation).join());

  assert.deepEqual(wrong, []);
});

test('the manifest is translated whole', () => {
  const used = [...readFileSync('package.json', 'utf8').matchAll(/"%([^%"]+)%"/g)].map(match => match[1]).sort();

  assert.deepEqual(Object.keys(json('package.nls.json')).sort(), used);
  assert.deepEqual(Object.keys(json('package.nls.ru.json')).sort(), used);
});
