// What a click on the status item offers.
import * as vscode from 'vscode';
import type { Approval } from './approvalText.js';
import type { Problem } from './problems.js';
import { isWantedIn, type Switches } from './switches.js';
import { t } from './words.js';

type Entry = vscode.QuickPickItem & { command?: string; args?: unknown[] };

/** Show the menu; what waits for an answer and a problem's way out come first. */
export async function showMenu(switches: Switches, problem: Problem | undefined, pending: Approval[]): Promise<void> {
  const chosen = await vscode.window.showQuickPick([...questions(pending), ...entries(switches, problem)], { title: 'Pylot' });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command, ...(chosen.args ?? []));
  }
}

function questions(pending: Approval[]): Entry[] {
  return pending.map(({ id, title, detail }) => ({ label: `$(bell-dot) ${title}`, detail, command: 'pylot.reviewApproval', args: [{ id }] }));
}

function entries(switches: Switches, problem: Problem | undefined): Entry[] {
  const mend: Entry[] = problem === undefined ? [] : [
    { label: `$(tools) ${problem.step.title}`, detail: problem.sentence, command: problem.step.command, args: problem.step.args ?? [] },
  ];
  const document = vscode.window.activeTextEditor?.document;
  const forLanguage: Entry[] = document === undefined ? [] : [{
    label: isWantedIn(document)
      ? `$(circle-slash) ${t('Switch off ghost text for {0}', document.languageId)}`
      : `$(check) ${t('Switch on ghost text for {0}', document.languageId)}`,
    command: 'pylot.toggleLanguage',
  }];
  const pause: Entry = switches.pauseEnd === undefined
    ? { label: `$(debug-pause) ${t('Pause …')}`, command: 'pylot.pause' }
    : { label: `$(debug-start) ${t('Go on')}`, command: 'pylot.resume' };
  return [
    ...mend,
    { label: `$(question) ${t('Why this suggestion? Why none?')}`, command: 'pylot.explainSuggestion' },
    { label: `$(hubot) ${t('Ask the agent …')}`, command: 'pylot.askAgent' },
    { label: `$(search) ${t('Find in the workspace …')}`, command: 'pylot.searchWorkspace' },
    pause,
    ...forLanguage,
    { label: `$(package) ${t('Choose a model …')}`, command: 'pylot.chooseModel' },
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: `$(gear) ${t('Settings')}`, command: 'pylot.openSettings' },
    { label: `$(output) ${t('Show the log')}`, command: 'pylot.showLog' },
    { label: `$(debug-restart) ${t('Restart the server')}`, command: 'pylot.restartServer' },
  ];
}

const MINUTES = [5, 15, 60, 240];

/** Ask for how long to pause. */
export async function askForPause(switches: Switches): Promise<void> {
  const rows = MINUTES.map(minutes => ({ label: minutes < 60 ? t('{0} minutes', minutes) : t('{0} h', minutes / 60), minutes }));
  const chosen = await vscode.window.showQuickPick(rows, { title: t('Pause ghost text for') });
  if (chosen !== undefined) {
    switches.pause(chosen.minutes);
  }
}
