import * as vscode from 'vscode';
import type { Register } from '../parts.ts';

export const register: Register = () => vscode.Disposable.from();
