// Whether ghost text is wanted here and now.
import * as vscode from 'vscode';
import { t } from './words.js';

/** The switches of ghost text: settings by language and workspace, and a pause that ends by itself. */
export class Switches implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private timer: NodeJS.Timeout | undefined;
  private pausedUntil = 0;

  /** Fires when a pause begins or ends. */
  readonly onDidChange = this.changed.event;

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }

  /** When the pause ends, or undefined where there is none. */
  get pauseEnd(): Date | undefined {
    return this.pausedUntil > Date.now() ? new Date(this.pausedUntil) : undefined;
  }

  /** Let nothing come by itself for some minutes; asking for a suggestion still brings one. */
  pause(minutes: number): void {
    clearTimeout(this.timer);
    this.pausedUntil = Date.now() + minutes * 60_000;
    this.timer = setTimeout(() => this.changed.fire(), minutes * 60_000);
    this.changed.fire();
  }

  /** End the pause. */
  resume(): void {
    clearTimeout(this.timer);
    this.pausedUntil = 0;
    this.changed.fire();
  }

  /** Return why no ghost text comes by itself in a document, as a sentence, or undefined where it may come. */
  whyNot(document: vscode.TextDocument): string | undefined {
    if (!isEnabled()) {
      return t('Pylot is switched off by the setting {0}.', 'pylot.enable');
    }
    if (!isWantedIn(document)) {
      return t('Ghost text is switched off for {0} by the setting {1}.', document.languageId, 'pylot.ghostText.enable');
    }
    const end = this.pauseEnd;
    return end === undefined ? undefined : t('Pylot is paused until {0}.', timeOf(end));
  }
}

/** Whether Pylot is to run in this window at all. */
export function isEnabled(): boolean {
  return vscode.workspace.getConfiguration('pylot').get('enable', true);
}

/** Whether ghost text is wanted in a document's language, folder and workspace. */
export function isWantedIn(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration('pylot', document).get('ghostText.enable', true);
}

/** Switch ghost text on or off for a language, in the user's own settings. */
export async function setWantedFor(document: vscode.TextDocument, isWanted: boolean): Promise<void> {
  const scope = { uri: document.uri, languageId: document.languageId };
  const settings = vscode.workspace.getConfiguration('pylot', scope);
  await settings.update('ghostText.enable', isWanted, vscode.ConfigurationTarget.Global, true);
}

/** Return a time as people write it. */
export function timeOf(date: Date): string {
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
