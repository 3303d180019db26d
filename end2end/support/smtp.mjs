// A real SMTP server for tests: npm's smtp-server, and mailparser for what arrives.
//
// Reads one JSON line with its settings, then one for each change of how it answers; writes one JSON line when it
// listens and one for each message that it has taken. Ends with its standard input.
//
// Settings: port (0: a free one), security ("plain", "starttls", "tls"), certificate (PEM file with key and
// certificate), user and password (then nobody else may send).
// Answers: {"answer": "take"}, {"answer": "refuse", "at": "mail" | "rcpt" | "data", "code": 550, "text": "5.1.1 who?"}, where
// the text may be missing, {"answer": "hang", "at": "mail" | "rcpt" | "data"}.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
let answer = { answer: 'take' };

/** Answers a command as the test has asked for; true when that was all. */
function answered(place, callback, id) {
  if (answer.answer === 'take' || answer.at !== place) return false;
  tell({ event: answer.answer, at: place, id });
  if (answer.answer === 'refuse') {
    callback(Object.assign(new Error(answer.text ?? 'as the test asked for'), { responseCode: answer.code }));
  }
  // Else the client waits for an answer that never comes.
  return true;
}

function server(settings) {
  const pem = settings.certificate === undefined ? undefined : readFileSync(settings.certificate);
  return new SMTPServer({
    secure: settings.security === 'tls',
    ...(pem === undefined ? {} : { key: pem, cert: pem }),
    disabledCommands: settings.security === 'plain' ? ['STARTTLS'] : [],
    authOptional: settings.user === undefined,
    allowInsecureAuth: settings.security === 'plain',
    disableReverseLookup: true,
    // Else it puts one of its own before each text.
    hideENHANCEDSTATUSCODES: true,
    closeTimeout: 100,
    onAuth(auth, _session, callback) {
      const right = auth.username === settings.user && auth.password === settings.password;
      tell({ event: 'auth', right });
      callback(right ? null : new Error('wrong user or password'), { user: auth.username });
    },
    onMailFrom(_address, _session, callback) {
      if (!answered('mail', callback)) callback();
    },
    onRcptTo(_address, _session, callback) {
      if (!answered('rcpt', callback)) callback();
    },
    onData(stream, session, callback) {
      const chunks = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => void take(Buffer.concat(chunks), session, callback));
    },
  });
}

async function take(raw, session, callback) {
  const mail = await simpleParser(raw);
  if (answered('data', callback, mail.messageId)) return;
  tell({
    event: 'mail',
    secure: session.secure,
    hello: session.hostNameAppearsAs,
    sender: session.envelope.mailFrom.address,
    recipients: session.envelope.rcptTo.map((recipient) => recipient.address),
    id: mail.messageId,
    from: mail.from?.text,
    to: mail.to?.text,
    subject: mail.subject,
    date: mail.date?.toISOString(),
    headers: mail.headerLines.map((header) => header.key),
    text: mail.text,
    html: mail.html || '',
    raw: raw.toString('latin1'),
  });
  callback();
}

let listening;
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const said = JSON.parse(line);
    if (listening !== undefined) {
      answer = said;
      tell({ event: 'ready' });
      return;
    }
    listening = server(said);
    // A client that goes away in the middle is part of the tests.
    listening.on('error', (error) => tell({ event: 'error', text: error.message }));
    listening.listen(said.port ?? 0, '127.0.0.1', () => tell({ event: 'listening', port: listening.server.address().port }));
  })
  .on('close', () => process.exit(0));
