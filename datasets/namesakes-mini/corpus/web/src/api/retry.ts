/** Milliseconds until the browser asks a busy gateway again. */
export function backoff(attempt: number): number {
  return Math.min(200 * 3 ** attempt, 15000);
}

/** Repeats a request of the browser while it fails. */
export async function retry<T>(send: () => Promise<T>, attempts = 3): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt + 1 >= attempts) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
    }
  }
}
