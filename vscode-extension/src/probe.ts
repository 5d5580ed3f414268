// Does a candidate really start Pylot, and if not, why?
import type { Candidate } from './candidates.js';
import { runProcess, type Outcome } from './runProcess.js';
import { t } from './words.js';

export const OLDEST_SERVER = [0, 1, 0];
const TIMEOUT_MS = 20_000;

/** What trying a candidate came to; `sentence` tells the user why it does not serve. */
export type Probe =
  | { kind: 'good'; version: string }
  | { kind: 'missing' | 'noPylot' | 'oldPython' | 'oldPylot' | 'broken'; sentence: string };

/** Ask a candidate for its version. */
export async function probe(candidate: Candidate, cwd: string): Promise<Probe> {
  const outcome = await runProcess(candidate.command, [...candidate.args, '--version'], { timeoutMs: TIMEOUT_MS, cwd });
  return judge(candidate, outcome);
}

/** Read what a candidate has answered. */
export function judge({ command }: Candidate, outcome: Outcome): Probe {
  if (outcome.isMissing) {
    return { kind: 'missing', sentence: t('There is no program {0}.', command) };
  }
  if (outcome.isTimedOut) {
    return { kind: 'broken', sentence: t('{0} did not answer within {1} seconds.', command, TIMEOUT_MS / 1_000) };
  }
  const version = /^pylot (\d+)\.(\d+)\.(\d+)\S*$/m.exec(outcome.stdout);
  if (outcome.code === 0 && version !== null) {
    const isOld = isBefore(version.slice(1, 4).map(Number), OLDEST_SERVER);
    return isOld
      ? { kind: 'oldPylot', sentence: t('The Pylot of {0} is too old for this extension: it is {1}, and {2} is needed.', command, version[0].slice(6), OLDEST_SERVER.join('.')) }
      : { kind: 'good', version: version[0].slice(6) };
  }
  if (/No module named '?pylot'?$/m.test(outcome.stderr.trim())) {
    return { kind: 'noPylot', sentence: t('Pylot is not installed in {0}.', command) };
  }
  if (/unknown option:? -?-?P|requires a different python/i.test(outcome.stderr)) {
    return { kind: 'oldPython', sentence: t('{0} is older than Python 3.11, which Pylot needs.', command) };
  }
  const lastLine = outcome.stderr.trim().split('\n').at(-1) ?? '';
  return { kind: 'broken', sentence: t('{0} does not start: {1}', command, lastLine || t('it ended with code {0}', outcome.code ?? '?')) };
}

function isBefore(version: number[], other: readonly number[]): boolean {
  const difference = version.map((part, index) => part - (other[index] ?? 0)).find(each => each !== 0) ?? 0;
  return difference < 0;
}
