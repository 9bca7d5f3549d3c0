"""A fuzz target: a libFuzzer program under --config=fuzz, and a test that replays its corpus."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

def fuzz_target(name, srcs, deps, defines = [], corpus = None):
    """Declares //tests/fuzz:<name> (needs --config=fuzz) and //tests/fuzz:replay_<name>.

    Args:
      name: the target's name; its inputs stand in corpus/<name>.
      srcs: the source with LLVMFuzzerTestOneInput.
      deps: what it includes.
      defines: parameters for a source that several targets share, as "NAME=value".
      corpus: the folder below corpus/ if it is not the target's own.
    """
    folder = "corpus/" + (corpus or name)
    cc_binary(
        name = name,
        testonly = True,
        srcs = srcs,
        linkopts = ["-fsanitize=fuzzer"],
        local_defines = defines,
        tags = ["fuzz", "manual"],
        deps = deps + [":fuzz_input"],
    )
    cc_test(
        name = "replay_" + name,
        size = "small",
        srcs = srcs,
        args = ["tests/fuzz/" + folder],
        data = native.glob([folder + "/**"]),
        local_defines = defines,
        deps = deps + [":fuzz_input", ":replay_main"],
    )
