export interface Choice<T> {
  value: T;
  label: string;
  /** A few words beside the label. */
  detail?: string;
}

/**
 * Questions to the operator. The non-interactive implementation never reads stdin: each method throws
 * `needs-input` naming `flag`, the flag or environment variable that would have answered.
 */
export interface Ask {
  readonly isInteractive: boolean;
  text(question: {
    message: string;
    initial?: string;
    flag: string;
    /** Returns a sentence when the value is refused. */
    validate?: (value: string) => string | undefined;
  }): Promise<string>;
  choose<T>(question: { message: string; choices: Choice<T>[]; flag: string }): Promise<T>;
  /** Default is No. */
  confirm(question: { message: string; details?: string[]; flag: string }): Promise<boolean>;
  /** Hidden input; refuses blank answers. */
  secret(question: { message: string; hint?: string; flag: string }): Promise<string>;
}
