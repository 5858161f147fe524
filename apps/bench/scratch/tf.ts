import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { fileURLToPath } from 'node:url';
setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
console.log(await tf.setBackend('wasm'), tf.getBackend(), tf.version_core);
const bench = (n, f) => { for (let i=0;i<60;i++) f().dispose(); let best=1e9; for (let i=0;i<40;i++){const t=performance.now(); const y=f(); const d=performance.now()-t; y.dispose(); best=Math.min(best,d);} return best; };
const N=512; const a=tf.randomNormal([N,N]), b=tf.randomNormal([N,N]);
let t=bench('mm',()=>tf.matMul(a,b)); console.log('512', (2*N**3/t/1e6).toFixed(1), t);
const x=tf.randomNormal([32,256,32]), w=tf.randomNormal([32,32,32]), xm=tf.transpose(x,[1,0,2]);
t=bench('bmm',()=>tf.matMul(x,w)); console.log('bmm', (2*32*256*1024/t/1e6).toFixed(2), t);
t=bench('mbk',()=>tf.tidy(()=>tf.transpose(tf.matMul(tf.transpose(xm,[1,0,2]),w),[1,0,2]))); console.log('mbk', (2*32*256*1024/t/1e6).toFixed(2), t);
t=bench('split',()=>tf.tidy(()=>tf.stack(tf.unstack(x).map((p,i)=>tf.matMul(p,tf.reshape(tf.slice(w,[i,0,0],[1,32,32]),[32,32])))))); console.log('split', (2*32*256*1024/t/1e6).toFixed(2), t);
try { t=bench('e',()=>tf.einsum('bmk,bkn->bmn',x,w)); console.log('einsum', (2*32*256*1024/t/1e6).toFixed(2), t);} catch(e){console.log('einsum fail', String(e).slice(0,300))}
const ws=tf.unstack(w).map(q=>tf.reshape(q,[32,32]));
t=bench('split2',()=>tf.tidy(()=>tf.stack(tf.unstack(x).map((p,i)=>tf.matMul(p,ws[i]))))); console.log('split prepared', (2*32*256*1024/t/1e6).toFixed(2), t);
const xs=tf.unstack(x);
t=bench('split3',()=>tf.tidy(()=>tf.stack(xs.map((p,i)=>tf.matMul(p,ws[i]))))); console.log('split prepared both', (2*32*256*1024/t/1e6).toFixed(2), t);
