/** The people of the demo that the tests sign in as, and their password. */
export const PASSWORD = 'muster demo 2026';

export const ANA = 'ana@harbor.example';
export const ABE = 'abe@harbor.example';
export const FLO = 'flo@harbor.example';
export const CY = 'cy@harbor.example';
export const DI = 'di@delta.example';
export const ELI = 'eli@later.example';
