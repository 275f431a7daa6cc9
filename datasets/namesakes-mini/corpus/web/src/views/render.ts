import { Client } from "../api/client";
import { Fields, validate } from "../forms/validate";

/** Draws the shopping basket as a list. */
export function render(articles: string[]): string {
  return `<ul>${articles.map((article) => `<li>${article}</li>`).join("")}</ul>`;
}

/** Shows the order's progress, or the fields to correct. */
export async function renderOrder(client: Client, fields: Fields): Promise<string> {
  const wrong = validate(fields);
  if (wrong.length > 0) {
    return render(wrong);
  }
  const answer = await client.request("/orders/latest");
  return answer.body;
}
