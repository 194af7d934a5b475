import type { Disposable } from 'vscode';

/** What is made when it is first needed, and disposed of if it was. Called like a function. */
export interface Lazy<T extends Disposable> {
  (): Promise<T>;
  dispose(): void;
}

/** Keeps the code of a feature out of the activation: `make` imports it. */
export function lazy<T extends Disposable>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | undefined;
  let isDisposed = false;
  const get = async (): Promise<T> => {
    made ??= make();
    const one = await made;
    if (isDisposed) one.dispose();
    return one;
  };
  return Object.assign(get, {
    dispose: () => {
      isDisposed = true;
      void made?.then((one) => one.dispose());
    },
  });
}
