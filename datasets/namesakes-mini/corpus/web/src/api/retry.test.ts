import { backoff } from "./retry";

test("the browser never waits longer than fifteen seconds", () => {
  expect(backoff(20)).toBe(15000);
});
