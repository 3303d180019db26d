import { type Page, expect } from '@playwright/test';

/** Runs in the page before its scripts: marks each form that a script listens to. */
export function countSubmitListeners(): void {
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (this: EventTarget, ...given: Parameters<typeof add>) {
    if (given[0] === 'submit' && this instanceof HTMLFormElement) this.setAttribute('data-live', '');
    return add.apply(this, given);
  };
}

/** Waits until the page's script has taken over its forms. Only for tests of what the script adds. */
export async function untilScripted(page: Page): Promise<void> {
  await expect(page.locator('form[data-live]').first()).toBeVisible();
}
