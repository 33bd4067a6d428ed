/// The only translation unit that uses Boost.DLL: `shared_library` alone, exact paths, the throwing
/// overload (the other loses the loader's message), never copied.
#include "core/plugin/library.h"

#include <dlfcn.h>

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <exception>

namespace loam::plugin {
namespace {

constexpr unsigned kMajorsProbed = 9;

std::string entry_name(unsigned major) { return "loam_plugin_entry_v" + std::to_string(major); }

/// The other major whose entry the object has, or 0.
unsigned other_major(const boost::dll::shared_library& library) {
  for (unsigned major = kMajorsProbed; major > 0; --major) {
    if (major != LOAM_ABI_MAJOR && library.has(entry_name(major))) return major;
  }
  return 0;
}

Result<const loam_plugin*> call_entry(const boost::dll::shared_library& library) {
  if (!library.has(LOAM_ENTRY_SYMBOL)) {
    if (const unsigned major = other_major(library); major != 0) {
      return Status::not_supported("built for ABI major " + std::to_string(major) +
                                   ", this host speaks " + std::to_string(LOAM_ABI_MAJOR));
    }
    return Status::not_supported("expected the symbol " LOAM_ENTRY_SYMBOL ", found none");
  }
  const loam_plugin* plugin = library.get<const loam_plugin*()>(LOAM_ENTRY_SYMBOL)();
  if (plugin == nullptr) return Status::corruption(LOAM_ENTRY_SYMBOL " gave no descriptor");
  return plugin;
}

}  // namespace

Result<const loam_plugin*> load_plugin(const std::string& real_path) {
  try {
    // NODELETE keeps the object for ever when this handle goes: its code may be on some stack, and
    // thread-local destructors of it may still have to run.
    constexpr auto kMode = static_cast<boost::dll::load_mode::type>(
        static_cast<int>(boost::dll::load_mode::rtld_now) | RTLD_NODELETE);
    boost::dll::shared_library library;
    library.load(real_path, kMode);
    return call_entry(library);
  } catch (const std::exception& e) {
    return Status::io(e.what());
  }
}

}  // namespace loam::plugin
