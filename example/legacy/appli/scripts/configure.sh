echo "configure $component (instance $INSTANCE)"
