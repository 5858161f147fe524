import { softplus, relu, tensor, tanh, power, abs, maximum, multiply,einsum, openDevice, setDefaultDevice } from "./src/index.ts"; setDefaultDevice(await openDevice("reference"));
import { checkGradients } from './src/testing/check-gradients.ts';
import { checkOneSidedDerivatives } from './src/testing/one-sided-derivatives.ts';
const x = tensor([0, 1, -1, 3, 80, 1e-6]);
for (const [n, f] of Object.entries({ softplus, relu, tanh, abs })) {
  try { console.log(n, await checkOneSidedDerivatives(f as never, [x], 2, n)); } catch (e) { console.log(String(e)); }
}
for (const [n, f] of Object.entries({ power, maximum, multiply })) {
  try { console.log(n, await checkOneSidedDerivatives(f as never, [tensor([0,0,0,1,1,1,2,2,2]), tensor([0,1,2,0,1,2,0,1,2])], 2, n)); } catch (e) { console.log(String(e)); }
}
await checkGradients((x: any, y: any) => [tanh(einsum('ij,jk', x, y)), x.exp()], [tensor([[1, 2]]), tensor([[0.3], [0.2]])]);
