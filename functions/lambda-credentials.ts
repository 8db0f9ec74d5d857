/** In the place of the SDK's chain of providers, in the Lambda bundle: the function's role is in its environment. */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
