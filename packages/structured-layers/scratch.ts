import { openDevice, setDefaultDevice, random } from '@einlab/einsum-core';
import { matrix, matrixRank } from '@einlab/numerics';
import { blockTensorTrain, kronecker, tensorTrain, monarch } from './src/index.ts';
setDefaultDevice(await openDevice('reference'));
const ri=(a:number,b:number)=>a+Math.floor(Math.random()*(b-a+1));
const stat: Record<string,[number,number]>={};
for (let t=0;t<1500;t++){
  const N = ri(2,3);
  const input=Array.from({length:N},()=>ri(1,N===2?5:3)), output=Array.from({length:N},()=>ri(1,N===2?5:3));
  const pi=input.reduce((a,b)=>a*b), po=output.reduce((a,b)=>a*b);
  const pad = Math.random()<.6;
  const i = pad? ri(Math.max(1,Math.ceil(pi*.5)),pi):pi, o= pad? ri(Math.max(1,Math.ceil(po*.5)),po):po;
  const rank=ri(1,4);
  const kinds = [tensorTrain({rank,cores:N,split:{input,output}}), ...(N===2?[kronecker({split:{input,output}})]:[])];
  for (const s of kinds){
    const m=s.realize(i,o);
    const d=await m.toDense(m.init(random.key(t))).data();
    const r=matrixRank(matrix(i,o,d),{tolerance:1e-11});
    const key=`${s.name} ${N} r${rank>1?'>1':1} ${pad?'pad':'exact'}`;
    stat[key]??=[0,0]; stat[key][0]++; if(r!==m.rank){stat[key][1]++; if(stat[key][1]<=8)console.log(`${m}`,'rank',rank,'true',r,'said',m.rank,'blocks',m.cores[0]!.shape);}
  }
}
console.log(stat);
