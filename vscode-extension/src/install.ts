// Makes a private Python environment with Pylot in it, after the user has said yes.
import { rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import { module, pythonOf } from './candidates.js';
import { privateEnvironment } from './findServer.js';
import { pipFailure } from './pipFailure.js';
import { showProblem, type Problem } from './problems.js';
import { probe } from './probe.js';
import type { Work } from './progress.js';
import { environmentMaker, requirementOf } from './pythons.js';
import { runProcess, type RunOptions } from './runProcess.js';
import { serverSetting } from './settings.js';
import { t } from './words.js';

/** Ask, install, and say whether there is a server now. */
export async function installServer(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  withEngine: boolean,
  onWork: (work: Work | undefined) => void,
): Promise<boolean> {
  const folder = privateEnvironment(context);
  const requirement = requirementOf(serverSetting('package'), withEngine);
  const install = t('Install');
  const question = t('Install Pylot’s server into an environment of its own?');
  const detail = t('Python’s pip fetches “{0}” and what it needs into {1}. Nothing else on this machine is changed.', requirement, folder);
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, install)) !== install) {
    return false;
  }
  const title = t('Pylot: installing the server');
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  onWork({ title, percent: undefined });
  const problem = await vscode.window.withProgress(options, async (progress, cancellation) => {
    const aborter = new AbortController();
    cancellation.onCancellationRequested(() => aborter.abort());
    const steps = new Installation(folder, requirement, log, message => progress.report({ message }), aborter.signal);
    const outcome = await steps.run();
    if (aborter.signal.aborted || outcome !== undefined) {
      await rm(folder, { recursive: true, force: true });
    }
    return aborter.signal.aborted ? 'cancelled' : outcome;
  });
  onWork(undefined);
  if (problem === 'cancelled') {
    return false;
  }
  if (problem !== undefined) {
    await showProblem(problem);
    return false;
  }
  return true;
}

class Installation {
  constructor(
    private readonly folder: string,
    private readonly requirement: string,
    private readonly log: vscode.LogOutputChannel,
    private readonly report: (message: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<Problem | undefined> {
    this.report(t('looking for Python'));
    const maker = await environmentMaker(process.platform);
    if (maker === undefined) {
      return {
        sentence: t('Pylot needs Python 3.11 or newer with its venv module, and there is none on this machine.'),
        step: { title: t('Get Python'), command: 'vscode.open', args: [vscode.Uri.parse('https://www.python.org/downloads/')] },
      };
    }
    this.report(t('making the environment'));
    const made = await this.step(maker.command, [...maker.args, this.folder]);
    if (made.code !== 0) {
      return this.failed(made.stdout + made.stderr);
    }
    this.report(t('fetching packages'));
    const python = pythonOf(this.folder, process.platform);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off', this.requirement];
    const installed = await this.step(python, pip);
    if (installed.code !== 0) {
      return this.failed(installed.stdout + installed.stderr);
    }
    const result = await probe(module(python, this.folder), this.folder);
    return result.kind === 'good' ? undefined : this.failed(result.sentence);
  }

  private step(command: string, args: string[]): ReturnType<typeof runProcess> {
    this.log.info([command, ...args].join(' '));
    const options: RunOptions = { signal: this.signal, onLine: line => this.line(line) };
    return runProcess(command, args, options);
  }

  private line(line: string): void {
    this.log.info(line);
    const phase = /^(?:Collecting|Building wheel for|Installing collected packages:) ?(\S*)/.exec(line.trim());
    if (phase !== null) {
      this.report(phase[0].slice(0, 60));
    }
  }

  private failed(output: string): Problem {
    const { sentence, isEngine } = pipFailure(output);
    return {
      sentence,
      step: isEngine
        ? { title: t('Install Without a Model'), command: 'pylot.installServer', args: [false] }
        : { title: t('Try Again'), command: 'pylot.installServer' },
    };
  }
}

