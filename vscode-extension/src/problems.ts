// A failure as the user meets it: one sentence, one next step, and the log.
import * as vscode from 'vscode';
import { t } from './words.js';

/** What a button says and does. */
export interface NextStep {
  title: string;
  command: string;
  args?: unknown[];
}

/** Something that keeps Pylot from working. */
export interface Problem {
  sentence: string;
  step: NextStep;
}

/** Show a problem once, and do what the user chooses. */
export async function showProblem({ sentence, step }: Problem): Promise<void> {
  const log: NextStep = { title: t('Show Log'), command: 'pylot.showLog' };
  const steps = step.command === log.command ? [step] : [step, log];
  const chosen = await vscode.window.showWarningMessage(sentence, ...steps);
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen.command, ...(chosen.args ?? []));
  }
}
