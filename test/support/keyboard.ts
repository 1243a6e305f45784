import type { Page } from 'playwright-core';

/** What the focused element is called. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(
    `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText).replace(/\\s+/g, ' ').trim()`,
  );
}

/** Presses Tab until the focused element is called so; fails when the page has no such element. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    seen.push(await focused(page));
    if (seen.at(-1) === name) return;
  }
  throw new Error(`Tab never came to "${name}", but to: ${seen.join(' | ')}`);
}
