# A module of WASI under wasmtime, with one folder that it may read and not write.
import sys

bindings, path, folder, variable, *arguments = sys.argv[1:]
sys.path.insert(0, bindings)

import wasmtime
from wasmtime import component

config = wasmtime.Config()
config.cache = True
engine = wasmtime.Engine(config)
wasi = wasmtime.WasiConfig()
wasi.argv = arguments
wasi.env = [variable.split("=", 1)]
wasi.inherit_stdout()
wasi.inherit_stderr()
wasi.preopen_dir(folder, "/w", False)
store = wasmtime.Store(engine)
store.set_wasi(wasi)
with open(path, "rb") as file:
    code = file.read()
try:
    if code[4:8] == b"\1\0\0\0":
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        instance = linker.instantiate(store, wasmtime.Module(engine, code))
        instance.exports(store)["_start"](store)
    else:
        linker = component.Linker(engine)
        linker.add_wasip2()
        instance = linker.instantiate(store, component.Component(engine, code))
        versions = (f"wasi:cli/run@0.2.{patch}" for patch in range(32))
        found = (instance.get_export_index(store, name) for name in versions)
        command = next(index for index in found if index)
        run = instance.get_func(store, instance.get_export_index(store, "run", command))
        ended = run(store)
        sys.exit(0 if ended.tag == "ok" else 1)
except wasmtime.ExitTrap as ended:
    sys.exit(ended.code)
