/// Loam with a store in LevelDB's format, for whatever tests need of it beside Engine.
#pragma once

#include <memory>

#include "loam/options.h"
#include "tests/interop/engine.h"

namespace loam::test {

/// LevelDB's format in this shape, created where there is none, paranoid checks on, levels so small
/// that several are in play.
Options our_options(const Shape& shape);

/// `change`, if given, sees the options before each opening.
std::unique_ptr<Engine> make_ours(std::function<void(Options&)> change = {});

}  // namespace loam::test
