import { generateSync } from 'otplib';

/** RFC 6238, the default. */
const STEP_SECONDS = 30;
/** A code that is about to leave the server's window is not used. */
const MARGIN_SECONDS = 10;
/** Codes this far from now are told from wrong ones as "your clock is off". */
const DRIFT_STEPS = 200;

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function stepAt(seconds: number): number {
  return Math.floor(seconds / STEP_SECONDS);
}

/** Somebody's authenticator app. */
export class Authenticator {
  private last = 0;

  constructor(readonly key: string) {}

  static fromUri(uri: string): Authenticator {
    const { searchParams } = new URL(uri);
    return new Authenticator(searchParams.get('secret') ?? '');
  }

  private codeAt(step: number): string {
    return generateSync({ secret: this.key, epoch: step * STEP_SECONDS });
  }

  /**
   * A code that the server takes now and that was not used before. The server takes one step on either side of
   * its own, so a test has three codes without waiting for the clock.
   */
  next(): string {
    const oldest = stepAt(now() + MARGIN_SECONDS) - 1;
    const step = Math.max(this.last + 1, oldest);
    if (step > stepAt(now()) + 1) throw new Error('this test uses more codes than the server takes at a time');
    this.last = step;
    return this.codeAt(step);
  }

  /** The code that `next` gave last. */
  used(): string {
    return this.codeAt(this.last);
  }

  /**
   * What the app shows on a phone whose clock is this many minutes ahead, or behind where they are less than none; a minute
   * nearer where that code comes twice near now, which tells nothing. The minutes are those that are right for a whole step.
   */
  off(minutes: number): { code: string; minutes: number } {
    const steps = (minutes * 60) / STEP_SECONDS;
    const code = this.codeAt(stepAt(now()) + (minutes < 0 ? steps + 1 : steps));
    const isUnique = this.nearNow().filter((near) => near === code).length === 1;
    return isUnique ? { code, minutes: Math.abs(minutes) } : this.off(minutes - Math.sign(minutes));
  }

  /** Every code of a clock that is off by less than the drift. */
  private nearNow(): string[] {
    const first = stepAt(now()) - DRIFT_STEPS;
    return Array.from({ length: 2 * DRIFT_STEPS + 1 }, (_, index) => this.codeAt(first + index));
  }

  /** A code that is right at no time near now. */
  wrong(): string {
    const right = new Set(this.nearNow());
    const candidates = Array.from({ length: 1000 }, (_, index) => String(index).padStart(6, '1'));
    const code = candidates.find((candidate) => !right.has(candidate));
    if (code === undefined) throw new Error('every code is right');
    return code;
  }
}
