// Choosing a model, and fetching one that is not here yet.
import * as vscode from 'vscode';
import { modelRows, sizeOf, type ModelList, type ModelRow } from './modelPicks.js';
import { showProblem } from './problems.js';
import { runProcess } from './runProcess.js';
import { messageOf, type Server } from './server.js';
import { t } from './words.js';

type Pick = vscode.QuickPickItem & { row: ModelRow };

/** Let the user choose a model for ghost text, and put it in force. */
export async function chooseModel(server: Server, log: vscode.LogOutputChannel): Promise<void> {
  const list = await server.command<ModelList>('pylot.models.list').catch(error => void log.error(messageOf(error)));
  if (list === undefined) {
    void showProblem({
      sentence: t('Pylot’s server does not run, and without it no model can be chosen.'),
      step: { title: t('Restart'), command: 'pylot.restartServer' },
    });
    return;
  }
  const picks = modelRows(list).map(asPick);
  const title = t('The model for ghost text');
  const placeHolder = t('{0} of memory is free now; the models lie in {1}', sizeOf(list.freeBytes), list.folder);
  const chosen = await vscode.window.showQuickPick(picks, { title, placeHolder, matchOnDetail: true });
  if (chosen?.row.kind === 'fetch' && !(await fetchModel(server, log, chosen.row))) {
    return;
  }
  if (chosen !== undefined) {
    await useModel(server, chosen.row.name);
  }
}

async function useModel(server: Server, name: string): Promise<void> {
  try {
    const result = await server.command<{ model: string; notes: string[] }>('pylot.models.use', name);
    void vscode.window.showInformationMessage([t('{0} writes the ghost text from now on.', result?.model ?? name), ...(result?.notes ?? [])].join(' '));
  } catch (error) {
    void showProblem({ sentence: messageOf(error), step: { title: t('Choose a Model'), command: 'pylot.chooseModel' } });
  }
}

async function fetchModel(server: Server, log: vscode.LogOutputChannel, row: ModelRow): Promise<boolean> {
  const fetch = t('Fetch');
  const question = t('Fetch {0} ({1})?', row.label.replace(/^\S+ /, ''), row.description);
  if (server.program === undefined || (await vscode.window.showInformationMessage(question, { modal: true, detail: row.detail }, fetch)) !== fetch) {
    return false;
  }
  const { command, args } = server.program;
  const options = { location: vscode.ProgressLocation.Notification, title: t('Pylot: fetching {0}', row.name), cancellable: true };
  return vscode.window.withProgress(options, async (progress, cancellation) => {
    const aborter = new AbortController();
    cancellation.onCancellationRequested(() => aborter.abort());
    let shown = 0;
    const onLine = (line: string) => {
      log.info(line);
      const percent = Number(/^\s*(\d+)%/.exec(line)?.[1] ?? shown);
      progress.report({ message: line.trim(), increment: percent - shown });
      shown = percent;
    };
    const outcome = await runProcess(command, [...args, 'models', 'pull', row.name], { signal: aborter.signal, onLine });
    if (outcome.code !== 0 && !aborter.signal.aborted) {
      const sentence = outcome.stderr.trim().split('\n').at(-1)?.replace(/^pylot: /, '') ?? '';
      void showProblem({ sentence, step: { title: t('Choose a Model'), command: 'pylot.chooseModel' } });
    }
    return outcome.code === 0;
  });
}

function asPick(row: ModelRow): Pick {
  return row.kind === 'heading'
    ? { label: row.label, kind: vscode.QuickPickItemKind.Separator, row }
    : { label: row.label, description: row.description, detail: row.detail, row };
}
