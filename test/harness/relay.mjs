// node relay.mjs HOST PORT SOCKET, in a network namespace: passes connections on to a unix socket, which
// no namespace hides. One that ends there ends here.
import { connect, createServer } from 'node:net';

const [host, port, socket] = process.argv.slice(2);

const server = createServer({ allowHalfOpen: true }, (connection) => {
  const onward = connect({ path: socket, allowHalfOpen: true });
  for (const [one, other] of [
    [connection, onward],
    [onward, connection],
  ]) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
    one.pipe(other);
  }
});
server.listen(Number(port), host, () => console.log('ready'));
