/** The aws-exports.js of Amplify's command line, as far as it is read. */
export interface AwsExports {
  aws_appsync_graphqlEndpoint: string;
  aws_appsync_apiKey?: string;
  aws_appsync_authenticationType?: string;
  [other: `aws_${string}`]: unknown;
}

/** The amplify_outputs.json of Amplify Gen 2, as far as it is read. */
export interface AmplifyOutputs {
  version: string;
  data?: { url: string; api_key?: string; default_authorization_type?: string };
  [other: string]: unknown;
}

/** The first argument of Amplify.configure() in version 6, as far as it is read. */
export interface AmplifyResources {
  API: { GraphQL: { endpoint: string; apiKey?: string; defaultAuthMode?: string } };
  [other: string]: unknown;
}

/** What Amplify.configure() takes. The API's address, its key and its default auth mode are read, and nothing else. */
export type AmplifyConfig = AwsExports | AmplifyOutputs | AmplifyResources;

/** The auth modes as AppSync names them. */
const authModes: Record<string, string> = {
  API_KEY: 'apiKey',
  AMAZON_COGNITO_USER_POOLS: 'userPools',
  OPENID_CONNECT: 'oidc',
  AWS_LAMBDA: 'function',
  AWS_IAM: 'iam',
};

/** The address, the key and the default auth mode of an API, undefined when it is no configuration of Amplify. */
function apiOf(config: Record<string, any>): unknown[] | undefined {
  if (Object.keys(config).some((name) => name.startsWith('aws_')))
    return [config.aws_appsync_graphqlEndpoint, config.aws_appsync_apiKey, config.aws_appsync_authenticationType];
  const { url, api_key, default_authorization_type } = config.data ?? {};
  if (typeof config.version === 'string') return [url, api_key, default_authorization_type];
  const graphql = config.API?.GraphQL;
  return graphql && [graphql.endpoint, graphql.apiKey, graphql.defaultAuthMode];
}

/**
 * Settings from a configuration of Amplify, with those of ours that stand beside it, which win. Anything else is
 * given back as it is. isSetting tells our names.
 */
export function fromAmplify(config: object, isSetting: (name: string) => boolean): object {
  const api = apiOf(config);
  if (!api) return config;
  const [endpoint, apiKey, mode] = api;
  const own = Object.fromEntries(Object.entries(config).filter(([name]) => isSetting(name)));
  const defaultAuthMode = Object.hasOwn(authModes, String(mode)) ? authModes[String(mode)] : mode;
  return { endpoint, apiKey: own.authProviders?.apiKey ? undefined : apiKey, defaultAuthMode, ...own };
}
