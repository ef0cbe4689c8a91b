import { adopt } from './adopt.js';
import { engineConfig, type Settings, tell } from './config.js';
import type { Marker } from './marker.js';
import type { EnginePort } from './port.js';
import { currentSchema } from './registry.js';

// What a page tells its engine about itself when it starts, and when its settings change.

/** Settings as the engine takes them. Functions of the app are called for that: they may fail. */
export const evaluated = (settings: Settings) => engineConfig(settings, currentSchema().schema);

/** Configures and starts; config is evaluated(settings). Resolves with what start() is answered. */
export async function begin(
  port: EnginePort,
  settings: Settings,
  config: object,
  marker: Marker,
): Promise<{ ephemeral: boolean }> {
  const { conflictHandler, migrate, authProviders } = settings;
  const configured = port.call('configure', { schema: currentSchema().schema, config });
  if (settings.adopt) {
    await configured;
    await adopt(port, settings);
  }
  const started = port.call('start', {
    handler: conflictHandler !== undefined,
    migrates: migrate !== undefined,
    providers: Object.keys(authProviders ?? {}),
    marker: marker.read(),
  });
  started.catch(() => {}); // when configure is refused, its reason is the one to tell
  await configured;
  return { ephemeral: (await started)?.ephemeral === true };
}

/**
 * Clears the database of a page that has not started: nothing is synced first, and no setting matters but adopt. What is
 * not taken over before would come with the next start.
 */
export async function clearUnstarted(port: EnginePort, settings: Settings, args: object): Promise<void> {
  await port.call('configure', { schema: currentSchema().schema });
  await adopt(port, settings).catch((error) => tell(settings.errorHandler, error));
  await port.call('clear', args);
}
