import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestartBudget } from '../../src/restartBudget.js';
import { SerialQueue } from '../../src/serialQueue.js';

test('a server that crashes again and again is left alone, and told of once', () => {
  const budget = new RestartBudget();
  const pauses = [0, 1_000, 2_000, 3_000, 4_000, 5_000].map(now => [budget.crashed(now), budget.isFirst]);

  assert.deepEqual(pauses, [[500, true], [2_000, false], [8_000, false], [20_000, false], [undefined, false], [undefined, false]]);
});

test('crashes that are long past do not count, nor those before the user asks for a start', () => {
  const budget = new RestartBudget();
  budget.crashed(0);

  assert.equal(budget.crashed(RestartBudget.windowMs), 500);
  budget.forgive();
  assert.equal(budget.crashed(RestartBudget.windowMs + 1), 500);
});

test('jobs run one after the other, also after a failure', async () => {
  const queue = new SerialQueue();
  const seen: string[] = [];
  const job = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (name === 'one') {
      throw new Error('no');
    }
    return name;
  };
  const results = await Promise.allSettled([queue.run(job('one')), queue.run(job('two'))]);

  assert.deepEqual(seen, ['one begins', 'one ends', 'two begins', 'two ends']);
  assert.deepEqual(results.map(it => it.status), ['rejected', 'fulfilled']);
});
