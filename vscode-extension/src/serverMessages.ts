// What the server says by itself, with a way out where something is wrong.
import * as vscode from 'vscode';
import { showProblem, type NextStep, type Problem } from './problems.js';
import type { Server } from './server.js';
import type { Status } from './status.js';
import { t } from './words.js';

interface Health {
  configuration: { folder: string; problems: string[] };
}

const [ERROR, WARNING] = [1, 2];

/** Show the server's sentences: problems as notifications with a next step, the rest in the status items. */
export function listen(server: Server, status: Status, log: vscode.LogOutputChannel): void {
  // What the server says of itself is about the model that it works with.
  const aboutModels = new Set<string>();
  const problemOf = async (sentence: string): Promise<Problem> => {
    // Once this is answered, everything that was said together has arrived.
    const health = await server.command<Health>('pylot.status').catch(() => undefined);
    return { sentence, step: stepFor(sentence, aboutModels, health) };
  };
  let nStatuses = 0;
  server.on('pylot/status', async params => {
    const { kind, message } = params as { kind: string; message: string };
    const isProblem = kind === 'Warning' || kind === 'Error';
    if (isProblem) {
      aboutModels.add(message);
    }
    const number = (nStatuses += 1);
    const problem = isProblem ? await problemOf(message) : undefined;
    if (number === nStatuses) {
      status.told(message, problem);
    }
  });
  server.on('window/showMessage', async params => {
    const { type, message } = params as { type: number; message: string };
    log.info(message);
    if (type === ERROR || type === WARNING) {
      void showProblem(await problemOf(message));
    } else {
      void vscode.window.showInformationMessage(message);
    }
  });
}

function stepFor(sentence: string, aboutModels: ReadonlySet<string>, health: Health | undefined): NextStep {
  if (aboutModels.has(sentence)) {
    return { title: t('Choose a Model'), command: 'pylot.chooseModel' };
  }
  if (health?.configuration.problems.some(problem => sentence.includes(problem)) === true) {
    return { title: t('Open the Settings File'), command: 'pylot.openConfigurationFolder', args: [health.configuration.folder] };
  }
  return { title: t('Show Log'), command: 'pylot.showLog' };
}
