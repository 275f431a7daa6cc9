/** Where the browser finds the gateway. */
export class Config {
  constructor(readonly base: string, readonly language: string) {}

  /** Reads the gateway's address from the page's meta elements. */
  static load(page: Document): Config {
    const base = page.querySelector<HTMLMetaElement>("meta[name=gateway]");
    return new Config(base?.content ?? "/api", page.documentElement.lang);
  }
}
