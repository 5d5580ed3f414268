import { spawn } from 'node:child_process';

/** What became of a process; `code` is undefined where it did not start or was ended by us. */
export interface Outcome {
  code: number | undefined;
  stdout: string;
  stderr: string;
  isMissing: boolean;
  isTimedOut: boolean;
}

export interface RunOptions {
  timeoutMs?: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

const MOST_OUTPUT = 1_000_000;

/** Run a program to its end without a shell; never throws. */
export function runProcess(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise(resolve => {
    const outcome: Outcome = { code: undefined, stdout: '', stderr: '', isMissing: false, isTimedOut: false };
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
      outcome.isTimedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    const stop = () => child.kill();
    options.signal?.addEventListener('abort', stop);
    const finish = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', stop);
      resolve(outcome);
    };
    for (const name of ['stdout', 'stderr'] as const) {
      const lines = lineSplitter(options.onLine);
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        outcome[name] = (outcome[name] + chunk).slice(-MOST_OUTPUT);
        lines(chunk);
      });
    }
    child.on('error', error => {
      outcome.isMissing = 'code' in error && ['ENOENT', 'ENOTDIR', 'EACCES'].includes(String(error.code));
      outcome.stderr += error.message;
      finish();
    });
    child.on('close', code => {
      outcome.code = code ?? undefined;
      finish();
    });
  });
}

function lineSplitter(onLine: ((line: string) => void) | undefined): (chunk: string) => void {
  let rest = '';
  return chunk => {
    const lines = (rest + chunk).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    lines.forEach(line => onLine?.(line));
  };
}
