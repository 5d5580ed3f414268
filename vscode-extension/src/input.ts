// What an agent asks the user to type, such as a password; it goes to the server and is kept nowhere here.
import * as vscode from 'vscode';
import type { Server } from './server.js';

interface InputQuestion {
  title: string;
  prompt: string;
  masked: boolean;
}

/** Answer `pylot/input`: `{value}`, or null where the user has put the question away. */
export function answerInput(server: Server): void {
  server.answer('pylot/input', async (params, token) => {
    const { title, prompt, masked } = params as InputQuestion;
    const value = await vscode.window.showInputBox({ title, prompt, password: masked, ignoreFocusOut: true }, token);
    return value === undefined ? null : { value };
  });
}
