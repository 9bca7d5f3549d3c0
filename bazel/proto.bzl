"""Compiles one .proto file with the system's protoc into a C++ library."""

def warmpath_proto(name, deps = [], grpc = False, package = "warmpath/v1"):
    """Declares //proto:<name> (C++ library) and //proto:<name>_file (the .proto and all it imports).

    Args:
      name: the file's name without ".proto"; the file stands in proto/<package>/.
      deps: names of the warmpath_proto rules that the file imports.
      grpc: whether the file declares a service.
      package: the folder below proto/.
    """
    src = "%s/%s.proto" % (package, name)
    native.filegroup(
        name = name + "_file",
        srcs = [src] + [":" + dep + "_file" for dep in deps],
    )
    stems = ["%s/%s.pb" % (package, name)] + (["%s/%s.grpc.pb" % (package, name)] if grpc else [])
    plugin = " --grpc_out=$(RULEDIR) --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin" if grpc else ""
    native.genrule(
        name = name + "_gen",
        srcs = [":" + name + "_file"],
        outs = [stem + ".h" for stem in stems] + [stem + ".cc" for stem in stems],
        cmd = "protoc -Iproto -I/usr/include --cpp_out=$(RULEDIR)%s proto/%s" % (plugin, src),
    )
    native.cc_library(
        name = name,
        srcs = [stem + ".cc" for stem in stems],
        hdrs = [stem + ".h" for stem in stems],
        copts = ["-w"],
        strip_include_prefix = "/proto",
        deps = [":" + dep for dep in deps] + ["@system//:grpc" if grpc else "@system//:protobuf"],
    )
