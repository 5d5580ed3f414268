// Long work of the server: in Pylot's own status item, or as a notification where it can be cancelled.
import * as vscode from 'vscode';
import type { BaseLanguageClient, ProgressToken, WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport } from 'vscode-languageclient';

type Value = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

/** Long work that nobody can cancel. */
export interface Work {
  title: string;
  percent: number | undefined;
}

interface Running {
  report: (value: WorkDoneProgressBegin | WorkDoneProgressReport) => void;
  end: () => void;
}

/** Shows every progress report of one server. */
export class Progress {
  private readonly running = new Map<ProgressToken, Running>();
  private readonly works = new Map<ProgressToken, Work>();

  constructor(private readonly onWork: (work: Work | undefined) => void) {}

  /** Show one message of a report. */
  show(client: BaseLanguageClient, token: ProgressToken, value: Value): void {
    if (value.kind === 'end') {
      this.running.get(token)?.end();
      this.running.delete(token);
      return;
    }
    if (value.kind === 'begin') {
      this.running.get(token)?.end();
      this.running.set(token, value.cancellable === true ? notification(client, token, value) : this.statusItem(token, value));
    }
    this.running.get(token)?.report(value);
  }

  /** End every report, because the server that made them is gone. */
  endAll(): void {
    this.running.forEach(each => each.end());
    this.running.clear();
  }

  private statusItem(token: ProgressToken, { title }: WorkDoneProgressBegin): Running {
    const tell = () => this.onWork([...this.works.values()].at(-1));
    return {
      report: ({ message, percentage }) => {
        this.works.set(token, { title: [title, message].filter(Boolean).join(': '), percent: percentage });
        tell();
      },
      end: () => {
        this.works.delete(token);
        tell();
      },
    };
  }
}

function notification(client: BaseLanguageClient, token: ProgressToken, { title }: WorkDoneProgressBegin): Running {
  const running: Running = { report: () => {}, end: () => {} };
  const ended = new Promise<void>(resolve => (running.end = resolve));
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  void vscode.window.withProgress(options, (progress, cancellation) => {
    let shown = 0;
    running.report = ({ message, percentage }) => {
      const increment = Math.max(0, (percentage ?? shown) - shown);
      shown += increment;
      progress.report({ ...(message === undefined ? {} : { message }), increment });
    };
    cancellation.onCancellationRequested(() => void client.sendNotification('window/workDoneProgress/cancel', { token }));
    return ended;
  });
  return running;
}
