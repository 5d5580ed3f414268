// What a private environment is made with, and what goes into it.
import { runProcess } from './runProcess.js';

const NEW_ENOUGH = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))';
const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python'];
const TIMEOUT_MS = 15_000;

/** How an environment is made: the command line up to its folder. */
export type Maker = { command: string; args: string[] };

/** Return how to make an environment on this machine, or undefined where there is neither a Python 3.11 nor uv. */
export async function environmentMaker(platform: NodeJS.Platform, preferred: readonly string[] = []): Promise<Maker | undefined> {
  const launchers = platform === 'win32' ? ['py', ...NAMES] : NAMES;
  for (const command of [...preferred, ...launchers]) {
    const outcome = await runProcess(command, ['-c', NEW_ENOUGH], { timeoutMs: TIMEOUT_MS });
    if (outcome.code === 0) {
      return { command, args: ['-m', 'venv', '--clear'] };
    }
  }
  const uv = await runProcess('uv', ['--version'], { timeoutMs: TIMEOUT_MS });
  return uv.code === 0 ? { command: 'uv', args: ['venv', '--seed', '--clear', '--python', '>=3.11'] } : undefined;
}

/** Return what pip is to install; a name or a file, unlike an address, takes the extra for the engine. */
export function requirementOf(setting: string, withEngine: boolean): string {
  const name = setting === '' ? 'pylot' : setting;
  return withEngine && !/[[@]|:\/\//.test(name) ? `${name}[engine]` : name;
}
