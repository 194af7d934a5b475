/** The one door through which secrets enter. Whatever it returns is registered for redaction. */
export interface Secrets {
  /**
   * Value of an environment variable or of the front end's secret store; when neither has it, asks.
   * Throws `needs-input` naming the variable when nobody can be asked. `isFresh`: what the store has is out of date.
   */
  get(request: { variable: string; label: string; hint?: string; isFresh?: boolean }): Promise<string>;
  /** Same, but undefined instead of asking. */
  peek(variable: string): Promise<string | undefined>;
  /** Replaces every registered secret, its quoted, URL-encoded and base64 forms included, by `[REDACTED]`. */
  redact(text: string): string;
  /** Registers a value that came in another way. */
  register(value: string): void;
}
