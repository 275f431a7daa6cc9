import { backoff, retry } from "./retry";
import { Config } from "../config";

export interface Answer {
  status: number;
  body: string;
}

/** Talks to the gateway from the browser. */
export class Client {
  private controller = new AbortController();

  constructor(private readonly config: Config) {}

  /** Fetches a resource, again while the gateway is busy. */
  async request(path: string): Promise<Answer> {
    return retry(async () => {
      const response = await fetch(this.config.base + path, { signal: this.controller.signal });
      return { status: response.status, body: await response.text() };
    });
  }

  /** Estimates when a busy gateway is asked again. */
  nextAttempt(attempt: number): Date {
    return new Date(Date.now() + backoff(attempt));
  }

  /** Aborts every request that is under way. */
  close(): void {
    this.controller.abort();
  }
}
