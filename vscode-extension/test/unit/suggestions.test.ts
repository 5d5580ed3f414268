import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShownSuggestion, type Change } from '../../src/suggestions.js';

const item = { insertText: 'open(path) as file:' };
const insert = (offset: number, text: string): Change => ({ offset, length: 0, text });

const cases: { name: string; changes: Change[]; fates: (number | 'gone' | undefined)[] }[] = [
  { name: 'typed through', changes: [insert(10, 'o'), insert(11, 'p')], fates: [undefined, undefined] },
  { name: 'a word, then another', changes: [insert(10, 'open'), insert(14, '(path')], fates: [4, 9] },
  { name: 'a word after a typed key', changes: [insert(10, 'o'), insert(11, 'pen')], fates: [undefined, 4] },
  { name: 'all of it, which the command tells', changes: [insert(10, item.insertText)], fates: ['gone'] },
  { name: 'another text', changes: [insert(10, 'x')], fates: ['gone'] },
  { name: 'another place', changes: [insert(0, 'open')], fates: ['gone'] },
  { name: 'a deletion', changes: [{ offset: 9, length: 1, text: '' }], fates: ['gone'] },
];

for (const { name, changes, fates } of cases) {
  test(`a suggestion on the screen: ${name}`, () => {
    const shown = new ShownSuggestion(item, 10, 10, '');

    assert.deepEqual(changes.map(change => shown.follow(change)), fates);
  });
}

test('an item that begins before the cursor counts what was typed already', () => {
  const shown = new ShownSuggestion(item, 10, 12, 'op');

  assert.equal(shown.follow(insert(12, 'en')), 4);
});

test('brackets that the editor closes by itself are no acceptance', () => {
  const shown = new ShownSuggestion({ insertText: '() -> int:' }, 0, 0, '');

  assert.equal(shown.follow(insert(0, '()')), undefined);
});
